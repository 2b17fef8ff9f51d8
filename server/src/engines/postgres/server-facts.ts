import type { Client } from 'pg';
import type { ServerFacts } from '../engine.ts';
import { rowsOf } from './admin-connections.ts';

export async function readFacts(client: Client, isTls: boolean): Promise<ServerFacts> {
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
