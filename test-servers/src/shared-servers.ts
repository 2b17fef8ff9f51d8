import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startMariaDb } from './mariadb.ts';
import { startMySql } from './mysql.ts';
import { startPostgres } from './postgres.ts';
import type { ServerAddress, TestServer } from './test-server.ts';

const starters = {
  postgres15: () => startPostgres({ major: 15 }),
  postgres18: () => startPostgres({ major: 18 }),
  mariadb: () => startMariaDb(),
  mysql: () => startMySql(),
} satisfies Record<string, () => Promise<TestServer>>;

export type ServerName = keyof typeof starters;

export const serverNames = Object.keys(starters) as readonly ServerName[];

const environmentKey = 'TIDEGATE_TEST_SERVERS';

/**
 * The address of a server that all test files of one run share: it is started when the first of them asks, and stopped
 * after the last. Whoever uses it makes databases and accounts with names of his own (`uniqueName`). Outside a run that
 * keeps servers (a benchmark, a script) the process gets one of its own, which ends with the process.
 */
export async function useServer(name: ServerName): Promise<ServerAddress> {
  const keeper = process.env[environmentKey];
  if (keeper === undefined) return ownServer(name);
  const answer = await fetch(`${keeper}/${name}`);
  const body = await answer.text();
  if (!answer.ok) throw new Error(body);
  return JSON.parse(body) as ServerAddress;
}

const own = new Map<ServerName, Promise<TestServer>>();

function ownServer(name: ServerName): Promise<TestServer> {
  const started = own.get(name) ?? starters[name]();
  own.set(name, started);
  return started;
}

/** Stops the servers that this process started for `useServer` by itself. */
export async function stopOwnServers(): Promise<void> {
  const started = await Promise.allSettled(own.values());
  own.clear();
  await Promise.all(started.map((result) => (result.status === 'fulfilled' ? result.value.stop() : undefined)));
}

/** Keeps the servers of one run: from now on `useServer` of this process and its children asks here. */
export async function keepServers(): Promise<() => Promise<void>> {
  const keeper = createServer((request, response) => {
    const name = request.url?.slice(1) ?? '';
    if (!isServerName(name)) {
      response.writeHead(404).end(`There is no test server named "${name}".`);
      return;
    }
    ownServer(name).then(
      (server) => response.end(JSON.stringify(server)),
      (error: unknown) => response.writeHead(500).end(error instanceof Error ? error.message : String(error)),
    );
  });
  process.env[environmentKey] = `http://127.0.0.1:${await listen(keeper)}`;
  return async () => {
    delete process.env[environmentKey];
    keeper.closeAllConnections();
    keeper.close();
    await stopOwnServers();
  };
}

function isServerName(name: string): name is ServerName {
  return Object.hasOwn(starters, name);
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}
