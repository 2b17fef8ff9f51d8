import { createConnection, type RowDataPacket } from 'mysql2/promise';
import { Client } from 'pg';
import type { RdsServer } from './rds-servers.ts';

export function postgresOptions(rds: RdsServer, as: string, password: string) {
  const { port, ca } = rds.front;
  return { host: 'localhost', port, user: as, password, database: 'postgres', ssl: { ca } };
}

/** Who one is at the server, and a long text that shows that bytes come through. */
export async function askPostgres(rds: RdsServer, as: string, password: string, withTls: boolean): Promise<string> {
  const client = new Client({ ...postgresOptions(rds, as, password), ...(withTls ? {} : { ssl: false }) });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rows } = await client.query("select session_user || ' ' || repeat('x', 300000) as answer");
    return String(rows[0].answer);
  } finally {
    await client.end();
  }
}

export async function askMySql(rds: RdsServer, as: string, password: string, withTls: boolean): Promise<string> {
  const { port, ca } = rds.front;
  const connection = await createConnection({
    ...{ host: 'localhost', port, user: as, password, enableCleartextPlugin: true },
    ...(withTls ? { ssl: { ca, verifyIdentity: true } } : {}),
  });
  try {
    const [rows] = await connection.query<RowDataPacket[]>(
      "select concat(substring_index(user(), '@', 1), ' ', repeat('x', 300000)) as answer",
    );
    return String(rows[0]?.['answer']);
  } finally {
    await connection.end();
  }
}
