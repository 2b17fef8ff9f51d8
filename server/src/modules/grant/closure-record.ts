import { sql } from 'kysely';
import type { EndedSession } from '../../engines/engine.ts';
import type { ChangeFeed } from '../../platform/events/change-feed.ts';
import type { Db, Tx } from '../../platform/store/tx.ts';
import type { AuditLog } from '../audit/index.ts';
import type { DatabaseAccount } from './account-store.ts';

export interface ClosureStep {
  readonly step: 'block' | 'end' | 'revoke' | 'drop' | 'check';
  readonly ok: boolean;
  /** In words, for the record. */
  readonly summary: string;
  readonly details: Readonly<Record<string, unknown>>;
  readonly at: Date;
}

interface Parts {
  readonly db: Db;
  readonly audit: AuditLog;
  readonly feed: ChangeFeed;
}

/** The record of how grants ended: steps, and the moment at which the check had passed everywhere. */
export class ClosureRecord {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Grants for whose closure this account still has to be brought in line. */
  async openGrantsOf(accountId: string): Promise<string[]> {
    const rows = await this.#parts.db
      .selectFrom('closure_target')
      .where('account_id', '=', accountId)
      .where('done_at', 'is', null)
      .select('grant_id')
      .execute();
    return rows.map((row) => row.grant_id);
  }

  /** The same steps stand in the record of each grant that they closed. */
  async addSteps(
    db: Db,
    account: DatabaseAccount,
    grantIds: readonly string[],
    steps: readonly ClosureStep[],
  ): Promise<void> {
    const rows = grantIds.flatMap((grantId) =>
      steps.map((step) => ({
        grant_id: grantId,
        person_id: account.personId,
        instance_id: account.instanceId,
        account_name: account.name,
        step: step.step,
        ok: step.ok,
        summary: step.summary,
        details: JSON.stringify(step.details),
        at: step.at,
      })),
    );
    if (rows.length > 0) await db.insertInto('closure_step').values(rows).execute();
  }

  /** The account matches the ledger: its part of these closures is done. */
  async markDone(tx: Tx, accountId: string, grantIds: readonly string[]): Promise<void> {
    if (grantIds.length === 0) return;
    await tx
      .updateTable('closure_target')
      .set({ done_at: sql<Date>`tidegate.now()` })
      .where('account_id', '=', accountId)
      .where('grant_id', 'in', grantIds)
      .execute();
  }

  /** Grants whose end is latched and for which no account is left to do: closed, and on record as such. */
  async finishGrants(): Promise<number> {
    return await this.#parts.db.transaction().execute(async (tx) => {
      const { rows } = await sql<{
        id: string;
        projectId: string | null;
        people: string[];
        hadAccount: boolean;
        kind: string;
      }>`
        update tidegate.access_grant g set ended_at = tidegate.now()
        where g.id in (
          select id from tidegate.access_grant open
          where open.closing_at is not null and open.ended_at is null
            and not exists (select from tidegate.closure_target t where t.grant_id = open.id and t.done_at is null)
          for update skip locked)
        returning g.id, g.project_id as "projectId", g.end_kind as kind,
          case when g.person_id is not null then array[g.person_id]
            else coalesce((select array_agg(person_id) from tidegate.group_member where group_id = g.group_id), '{}') end as people,
          exists (select from tidegate.closure_target t where t.grant_id = g.id) as "hadAccount"`.execute(tx);
      if (rows.length === 0) return 0;
      const unused = rows.filter((row) => !row.hadAccount);
      if (unused.length > 0) {
        await tx
          .insertInto('closure_step')
          .values(
            unused.map((row) => ({
              grant_id: row.id,
              step: 'check' as const,
              ok: true,
              summary: 'No database account had been made for this grant, so none had to be ended.',
              at: sql<Date>`tidegate.now()`,
            })),
          )
          .execute();
      }
      for (const row of rows) {
        await this.#parts.feed.publish(tx, {
          event: { topic: 'grant', id: row.id, projectId: row.projectId },
          audience: { personIds: row.people, projectId: row.projectId },
        });
      }
      await this.#parts.audit.appendMany(
        tx,
        rows.map((row) => ({
          kind: 'grant.closed',
          actorId: null,
          projectId: row.projectId,
          grantId: row.id,
          data: { end: row.kind },
        })),
      );
      return rows.length;
    });
  }
}

/** `Ended 1 session: 4711 on hr_prod, active for 12 s: update salary …` */
export function describeEnded(ended: readonly EndedSession[]): string {
  if (ended.length === 0) return 'No session was open.';
  const shown = ended.slice(0, 5).map((session) => {
    const where = session.database === null ? '' : ` on ${session.database}`;
    const time = session.durationMs === null ? '' : ` for ${(session.durationMs / 1000).toFixed(1)} s`;
    const statement = session.statement === null ? '' : `: ${session.statement.slice(0, 200)}`;
    return `${session.backendId}${where}, ${session.state}${time}${statement}`;
  });
  const more = ended.length > 5 ? `; and ${ended.length - 5} more` : '';
  return `Ended ${ended.length === 1 ? '1 session' : `${ended.length} sessions`}: ${shown.join('; ')}${more}`;
}
