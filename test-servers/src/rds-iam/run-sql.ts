import { createConnection } from 'mysql2/promise';
import { Client } from 'pg';
import type { ServerAddress } from '../test-server.ts';

export type RunSql = (sql: string, database?: string) => Promise<void>;

/** Runs statements as the server's superuser, each time on a connection of its own. */
export function runSqlAt(server: ServerAddress): RunSql {
  const target = { host: server.host, port: server.port, ...server.superuser };
  if (server.kind === 'postgres') {
    return async (sql, database = 'postgres') => {
      const client = new Client({ ...target, database });
      await client.connect();
      try {
        await client.query(sql);
      } finally {
        await client.end();
      }
    };
  }
  return async (sql, database) => {
    const at = database === undefined ? target : { ...target, database };
    const connection = await createConnection({ ...at, multipleStatements: true });
    try {
      await connection.query(sql);
    } finally {
      await connection.end();
    }
  };
}
