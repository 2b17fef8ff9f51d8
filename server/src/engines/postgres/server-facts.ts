import type { Client } from 'pg';
import type { ServerFacts } from '../engine.ts';
import { refuseForeignSession } from '../stands-between.ts';
import { rowsOf } from './admin-connections.ts';
import type { PostgresConnection } from './connection.ts';

/** Refuses with `not_supported` where it is not the server itself that answers. */
export async function readFacts(client: Client, { isTls, processId }: PostgresConnection): Promise<ServerFacts> {
  await refusePooler(client, processId);
  const [row] = await rowsOf<{ identity: string; version: string; is_read_only: boolean }>(
    client,
    `select system_identifier::text as identity, current_setting('server_version') as version,
            pg_is_in_recovery() or current_setting('transaction_read_only') = 'on' as is_read_only
     from pg_control_system()`,
  );
  return {
    identity: row?.identity ?? '',
    // Distributions append their own: `15.10 (Debian 15.10-0+deb12u1)`.
    version: row?.version.split(' ')[0] ?? '',
    engine: 'postgresql',
    isReadOnly: row?.is_read_only ?? true,
    isTls,
  };
}

/** PgBouncer and its like keep the numbers of the server's sessions to themselves. */
export async function refusePooler(client: Client, processId: number): Promise<void> {
  const [row] = await rowsOf<{ pid: number }>(client, 'select pg_backend_pid() as pid');
  refuseForeignSession(processId, row?.pid ?? 0);
}
