import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from 'pg';
import { type EndedSession, EngineError, type LiveSession } from '../engine.ts';
import { findRole, holdRole, type Role } from './account-role.ts';
import { type AdminConnections, rowsOf } from './admin-connections.ts';
import { quoteLiteral, quoteName } from './quote.ts';

const pollMs = 10;

export interface Backend {
  readonly pid: number;
  readonly database: string | null;
  readonly state: string | null;
  readonly statement: string | null;
  readonly durationMs: number | null;
  readonly connectedAt: Date | null;
}

/** Of `pg_stat_activity a`, as `Backend` has it. */
export const backendColumns = `a.pid, a.datname as database, a.state, left(a.query, 2000) as statement,
         (extract(epoch from clock_timestamp() - a.state_change) * 1000)::float8 as "durationMs",
         a.backend_start as "connectedAt"`;

/** Parallel workers belong to their leader and end with it. */
const backends = `
  select ${backendColumns}
  from pg_stat_activity a
  where a.usesysid = $1 and ($2::text is null or a.datname = $2::text)`;

/** The accounts' sessions at the server, by the role that each belongs to. */
export async function readSessions(client: Client, roles: readonly number[]): Promise<Map<number, LiveSession[]>> {
  const rows = await rowsOf<Backend & { role: number }>(
    client,
    `select ${backendColumns}, a.usesysid as role from pg_stat_activity a
     where a.usesysid = any($1::oid[]) and a.leader_pid is null order by a.backend_start`,
    [roles],
  );
  const sessions = new Map<number, LiveSession[]>(roles.map((role) => [role, []]));
  for (const row of rows) sessions.get(row.role)?.push({ ...toSession(row), connectedAt: row.connectedAt });
  return sessions;
}

export function toSession(backend: Backend): EndedSession {
  const state = stateOf(backend.state);
  return {
    backendId: String(backend.pid),
    database: backend.database,
    statement: state === 'idle' || backend.statement === '' ? null : backend.statement,
    state,
    durationMs: backend.durationMs === null ? null : Math.max(0, Math.round(backend.durationMs)),
  };
}

function stateOf(state: string | null): EndedSession['state'] {
  if (state === 'idle') return 'idle';
  if (state === 'active' || state === 'fastpath function call') return 'active';
  return state?.startsWith('idle in transaction') === true ? 'idle in transaction' : 'unknown';
}

/** See `EngineAdmin.endSessions`. Transactions that were prepared for later are rolled back with them. */
export async function endSessions(
  connections: AdminConnections,
  name: string,
  database: string | null,
  timeoutMs: number,
): Promise<readonly EndedSession[]> {
  const role = await connections.use(null, async (client) => {
    const found = await findRole(client, name);
    // Only a member may end another's sessions; normally this was settled when the account was made.
    if (found !== null) await holdRole(client, found);
    return found;
  });
  if (role === null) return [];
  const ended = await connections.use(null, (client) => endBackends(client, role, database, timeoutMs));
  await rollBackPrepared(connections, [role.name], database);
  return ended;
}

async function endBackends(
  client: Client,
  role: Role,
  database: string | null,
  timeoutMs: number,
): Promise<EndedSession[]> {
  const deadline = performance.now() + timeoutMs;
  const ended = new Map<number, EndedSession>();
  for (;;) {
    // Told again in each round: a session may have come in meanwhile, and telling one twice does no harm.
    const rows = await rowsOf<Backend & { told: boolean; leader: number | null }>(
      client,
      `select b.*, s.leader_pid as leader, pg_terminate_backend(b.pid) as told
       from (${backends}) b join pg_stat_activity s on s.pid = b.pid`,
      [role.oid, database],
    );
    for (const row of rows) {
      if (row.leader === null && !ended.has(row.pid)) ended.set(row.pid, toSession(row));
    }
    if (rows.length === 0) return [...ended.values()];
    if (performance.now() >= deadline) {
      throw new EngineError(
        'sessions_remain',
        `${rows.length} sessions of ${role.name} were told to end and did not.`,
        {
          hint: `Still there: ${rows.map(({ pid }) => pid).join(', ')}.`,
        },
      );
    }
    await pause(pollMs);
  }
}

/** `PREPARE TRANSACTION` outlives its session with locks and changes; only its own user may roll it back. */
export async function rollBackPrepared(
  connections: AdminConnections,
  names: readonly string[],
  database: string | null,
): Promise<void> {
  const prepared = await connections.use(null, (client) =>
    rowsOf<{ gid: string; database: string; owner: string }>(
      client,
      `select gid, database, owner from pg_prepared_xacts
       where owner::text = any($1::text[]) and ($2::text is null or database = $2::text)`,
      [names, database],
    ),
  );
  for (const { gid, database: where, owner } of prepared) {
    await connections.use(where, async (client) => {
      await client.query(`SET ROLE ${quoteName(owner)}`);
      try {
        await client.query(`ROLLBACK PREPARED ${quoteLiteral(gid)}`);
      } finally {
        await client.query('RESET ROLE');
      }
    });
  }
}
