import { sql } from 'kysely';
import type { Tx } from '../../platform/store/tx.ts';
import type { AuditLog } from '../audit/index.ts';
import { notifyMany } from '../notification/index.ts';
import { type GrantFacts, readGrantFacts } from './grant-facts.ts';

/** The longest that hundreds of closures together may take. */
const overdueAfterSeconds = 10;

/** Who looks whether it was told already must see what was told just before: two instances of a grant fail at once. */
const lock = sql`select pg_advisory_xact_lock(hashtextextended('tidegate.overdue_closures', 0))`;

/**
 * Of grants whose closure has failed again: those that should have been closed by now are put on record as overdue, once
 * each, and whoever administers is told. They are tried on and on all the same.
 */
export async function tellOverdue(
  tx: Tx,
  audit: AuditLog,
  grantIds: readonly string[],
  failed: { readonly instanceId: string; readonly instance: string; readonly error: string },
): Promise<void> {
  await lock.execute(tx);
  const { rows } = await sql<{ id: string }>`
    update tidegate.access_grant set told_overdue_at = tidegate.now()
    where id = any(${[...grantIds]}::uuid[]) and ended_at is null and told_overdue_at is null
      and closing_at <= tidegate.now() - make_interval(secs => ${overdueAfterSeconds})
    returning id`.execute(tx);
  if (rows.length === 0) return;
  const facts = await readGrantFacts(
    tx,
    rows.map((row) => row.id),
  );
  const { instanceId, instance, error } = failed;
  for (const grant of facts) {
    await notifyMany(tx, [
      {
        about: 'grant.overdue',
        to: await whoAdministers(tx, grant),
        sentence: `The access of ${grant.holder.name} has ended and is not closed yet, because ${instance} could not be brought in line: ${grant.access}.`,
        detail: error,
        ...{ projectId: grant.projectId, requestId: grant.requestId, grantId: grant.id },
      },
    ]);
  }
  await audit.appendMany(
    tx,
    facts.map(({ id, projectId, requestId, holder, sentence }) => ({
      kind: 'closure.overdue',
      actorId: null,
      ...{ projectId, requestId, instanceId, grantId: id },
      data: { holder, sentence, instance, error },
    })),
  );
}

async function whoAdministers(tx: Tx, { projectId }: GrantFacts): Promise<string[]> {
  const keys = ['role:workspace_admin', 'role:workspace_dba', 'role:project_owner', `role:project_owner@${projectId}`];
  const { rows } = await sql<{ id: string }>`
    select distinct person_id as id from tidegate.decider_key where key = any(${keys}::text[])`.execute(tx);
  return rows.map((row) => row.id);
}
