import { readFile } from 'node:fs/promises';
import { createConnection, type RowDataPacket } from 'mysql2/promise';
import { Client } from 'pg';
import { expect, test } from 'vitest';
import type { ServerAddress, TestServer } from './index.ts';
import { startMariaDb, startMySql, startPostgres, uniqueName, useServer } from './index.ts';

const started = { postgres15: /^15\./, postgres18: /^18\./, mariadb: /^10\..*MariaDB/, mysql: /^9\./ } as const;

for (const name of ['postgres15', 'postgres18', 'mariadb', 'mysql'] as const) {
  test(`${name} is a real server of its version and the same one for whoever asks`, async () => {
    const [first, second] = await Promise.all([useServer(name), useServer(name)]);
    expect(first.version).toMatch(started[name]);
    expect(second).toEqual(first);
    expect(await askOne(first, 'select 6 * 7 as answer')).toBe('42');
  });
}

const durable: Record<string, () => Promise<TestServer>> = {
  PostgreSQL: () => startPostgres({ major: 18, durable: true, settings: { work_mem: '5MB' } }),
  MariaDB: () => startMariaDb({ durable: true }),
  MySQL: () => startMySql({ durable: true }),
};

for (const [title, start] of Object.entries(durable)) {
  test(`${title} comes back on the same port with its data after a crash`, async () => {
    const server = await start();
    try {
      const database = uniqueName('hr');
      await askOne(server, `create database ${database}`);
      await server.kill();
      await expect(askOne(server, 'select 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
      await server.restart();
      const list =
        server.kind === 'postgres'
          ? `select datname from pg_database where datname = '${database}'`
          : `show databases like '${database}'`;
      expect(await askOne(server, list)).toBe(database);
    } finally {
      await server.stop();
    }
  });
}

const encrypted: Record<string, () => Promise<TestServer>> = {
  PostgreSQL: () => startPostgres({ major: 15, tls: true }),
  MariaDB: () => startMariaDb({ tls: true }),
  MySQL: () => startMySql({ tls: true }),
};

for (const [title, start] of Object.entries(encrypted)) {
  test(`${title} presents a certificate that its authority signed`, async () => {
    const server = await start();
    try {
      const ca = await readFile(server.caFile ?? '', 'utf8');
      const cipher =
        server.kind === 'postgres'
          ? 'select cipher from pg_stat_ssl where pid = pg_backend_pid()'
          : "select variable_value from performance_schema.session_status where variable_name = 'Ssl_cipher'";
      const ask = server.kind === 'mariadb' ? cipher.replace('performance_schema', 'information_schema') : cipher;
      expect(await askOne(server, ask, ca)).toMatch(/^TLS_/);
    } finally {
      await server.stop();
    }
  });
}

/** The first value of the first row, if there is one, as text. */
async function askOne(server: ServerAddress, sql: string, ca?: string): Promise<string | undefined> {
  const target = { host: server.host, port: server.port, ...server.superuser };
  if (server.kind === 'postgres') {
    const client = new Client({ ...target, database: 'postgres', ...(ca === undefined ? {} : { ssl: { ca } }) });
    await client.connect();
    try {
      const { rows } = await client.query<unknown[]>({ text: sql, rowMode: 'array' });
      return rows[0]?.[0] === undefined ? undefined : String(rows[0][0]);
    } finally {
      await client.end();
    }
  }
  const connection = await createConnection({ ...target, ...(ca === undefined ? {} : { ssl: { ca } }) });
  try {
    const [rows] = await connection.query<RowDataPacket[]>({ sql, rowsAsArray: true });
    const value: unknown = Array.isArray(rows) ? rows[0]?.[0] : undefined;
    return value === undefined ? undefined : String(value);
  } finally {
    await connection.end();
  }
}
