import { sql } from 'kysely';
import type { Log } from '../../platform/log/log.ts';
import type { Db } from '../../platform/store/tx.ts';

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
