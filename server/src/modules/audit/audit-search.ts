import { sql } from 'kysely';
import type { Log } from '../../platform/log/log.ts';
import type { Db } from '../../platform/store/tx.ts';
import type { BrokenLink } from './chain-walk.ts';

/** So many in one transaction. */
const mostTogether = 2_000;
const waitMs = 500;

/**
 * Resolves when all that was recorded before can be found. The search's tables are not filled by whoever records, who is
 * waited for, but a moment later, and by whoever searches what is left.
 */
export async function makeSearchable(db: Db): Promise<void> {
  for (;;) {
    const { rows } = await sql<{ added: number }>`
      select tidegate.make_audit_searchable(${mostTogether}) as added`.execute(db);
    if ((rows[0]?.added ?? 0) < mostTogether) return;
  }
}

/**
 * The first event that should be found and is not, or not as it is: who may write to the store could hide one from the
 * page of the record and leave its chain whole.
 */
export async function findHidden(db: Db): Promise<BrokenLink | null> {
  const { rows } = await sql<{ writer: string; sequence: number }>`
    select e.writer, e.sequence::int as sequence
    from tidegate.audit_event e
    join tidegate.audit_searchable s on s.writer = e.writer and e.sequence <= s.sequence
    left join tidegate.audit_search f on f.writer = e.writer and f.sequence = e.sequence
    where (e.at, e.kind, e.actor_id, e.on_behalf_of_id, e.project_id, e.database_id, e.request_id, e.grant_id,
        e.statement_id)
      is distinct from (f.at, f.kind, f.actor_id, f.on_behalf_of_id, f.project_id, f.database_id, f.request_id, f.grant_id,
        f.statement_id)
      or exists (select from jsonb_array_elements_text(e.mentions) as named
        where not exists (select from tidegate.audit_mention m
          where m.subject = named and m.at = e.at and m.writer = e.writer and m.sequence = e.sequence))
    order by e.writer, e.sequence limit 1`.execute(db);
  const [hidden] = rows;
  if (hidden === undefined) return null;
  const reason =
    'Its chain holds, but searches do not show it as it is: their tables were changed in the store. An export has it.';
  return { part: 'event', ...hidden, reason };
}

export interface SearchKeeping {
  /** Something is about to be recorded. */
  noticed(): void;
  stop(): Promise<void>;
}

/** Makes events searchable soon after they were recorded, many at once, so that a search has few to add by itself. */
export function keepSearchable(db: Db, log: Log): SearchKeeping {
  let timer: NodeJS.Timeout | undefined;
  let pass: Promise<void> = Promise.resolve();
  let isStopped = false;
  const run = (): void => {
    timer = undefined;
    pass = pass
      .then(() => makeSearchable(db))
      .catch((err: unknown) => log.warn({ err }, 'what was recorded could not be made searchable yet'));
  };
  return {
    noticed: () => {
      if (!isStopped) timer ??= setTimeout(run, waitMs);
    },
    stop: async () => {
      isStopped = true;
      clearTimeout(timer);
      await pass;
    },
  };
}
