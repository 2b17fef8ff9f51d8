import { maskSecretsAnywhere } from '@tidegate/sql-analysis';
import { sql } from 'kysely';
import type { EndedSession } from '../../engines/engine.ts';
import type { ChangeFeed } from '../../platform/events/change-feed.ts';
import type { Db, Tx } from '../../platform/store/tx.ts';
import type { AuditLog } from '../audit/index.ts';
import type { AccountStore, DatabaseAccount } from './account-store.ts';
import { accountsOfGrants, markAccountsDirty } from './dirty-accounts.ts';
import { noticeEnds } from './end-notices.ts';
import { announceGrants, readGrantFacts } from './grant-facts.ts';
import { driftMended } from './instance-findings.ts';
import { tellOverdue } from './overdue-closures.ts';

export interface ClosureStep {
  readonly step: 'block' | 'end' | 'revoke' | 'drop' | 'check';
  readonly ok: boolean;
  /** In words, for the record. */
  readonly summary: string;
  readonly details: Readonly<Record<string, unknown>>;
  readonly at: Date;
}

/** One account in line with the ledger: the grants that this closes, and the steps that were taken. */
export interface AccountOutcome {
  readonly account: DatabaseAccount;
  readonly grantIds: readonly string[];
  readonly steps: readonly ClosureStep[];
  /** So many of the steps, from the first, are on record already. */
  readonly keptSteps?: number;
}

interface Parts {
  readonly db: Db;
  readonly accounts: AccountStore;
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
  async openGrantsOf(accountId: string): Promise<readonly string[]> {
    return (await this.openGrantsOfMany([accountId])).get(accountId) ?? [];
  }

  async openGrantsOfMany(accountIds: readonly string[]): Promise<Map<string, string[]>> {
    const { rows } = await sql<{ accountId: string; grantIds: string[] }>`
      select account_id as "accountId", array_agg(grant_id) as "grantIds" from tidegate.closure_target
      where account_id = any(${[...accountIds]}::uuid[]) and done_at is null group by account_id`.execute(
      this.#parts.db,
    );
    return new Map(rows.map((row) => [row.accountId, row.grantIds]));
  }

  /**
   * The account matches the ledger: its part of these closures is done. The same steps stand in the record of each
   * grant that they closed; where something was taken away without a grant ending (a group was left, something was
   * changed by hand), they stand in the audit.
   */
  async keepSuccess(outcome: AccountOutcome, isDropped: boolean): Promise<void> {
    const { db, accounts } = this.#parts;
    const { account, steps } = outcome;
    await db.transaction().execute(async (tx) => {
      await this.#addSteps(tx, [outcome]);
      await this.#markDone(tx, [outcome]);
      if (isDropped) await accounts.markDropped(tx, [account.id]);
      else {
        await accounts.markClean(tx, account);
        await driftMended(tx, account.id, mendedWords(steps));
      }
      await this.#addReductions(tx, [outcome]);
    });
  }

  /** The same for accounts that were dropped together. */
  async keepDropped(outcomes: readonly AccountOutcome[]): Promise<void> {
    const { db, accounts } = this.#parts;
    await db.transaction().execute(async (tx) => {
      await this.#addSteps(tx, outcomes);
      await this.#markDone(tx, outcomes);
      await accounts.markDropped(
        tx,
        outcomes.map(({ account }) => account.id),
      );
      await this.#addReductions(tx, outcomes);
    });
  }

  /** What was done before it goes on, here or by somebody else: pages show it, and which sessions ended is seen once. */
  async keepBegun(outcomes: readonly AccountOutcome[]): Promise<void> {
    const { db, feed } = this.#parts;
    const grantIds = outcomes.flatMap((outcome) => (newStepsOf(outcome).length === 0 ? [] : outcome.grantIds));
    if (grantIds.length === 0) return;
    await db.transaction().execute(async (tx) => {
      await this.#addSteps(tx, outcomes);
      await announceGrants(tx, feed, await readGrantFacts(tx, [...new Set(grantIds)]));
    });
  }

  async #addReductions(tx: Tx, outcomes: readonly AccountOutcome[]): Promise<void> {
    const unexplained = outcomes.filter(
      ({ grantIds, steps }) => grantIds.length === 0 && steps.some(({ step }) => step === 'revoke' || step === 'drop'),
    );
    await this.#parts.audit.appendMany(
      tx,
      unexplained.map(({ account, steps }) => ({
        ...eventOf(account, 'account.reduced'),
        data: { ...namesOf(account), steps: steps.map(({ step, summary }) => ({ step, summary })) },
      })),
    );
  }

  /** Once a streak of failures: what was reached before it failed, and why; and once more when it is overdue. */
  async keepFailure(outcome: AccountOutcome, error: unknown): Promise<void> {
    const { db, accounts, audit } = this.#parts;
    const { account, grantIds, steps } = outcome;
    const message = error instanceof Error ? error.message : 'unknown error';
    await db.transaction().execute(async (tx) => {
      await accounts.markFailed(tx, account.id, message);
      if (grantIds.length === 0) return;
      const { instanceId, instanceTitle: instance } = account;
      if (account.attempts > 0) return await tellOverdue(tx, audit, grantIds, { instanceId, instance, error: message });
      const { rows } = await sql<{ now: Date }>`select tidegate.now() as now`.execute(tx);
      const failed: ClosureStep = {
        step: 'check',
        ok: false,
        summary: `${account.instanceTitle} could not be brought in line yet: ${message} It is tried again.`,
        details: {},
        at: rows[0]?.now ?? new Date(),
      };
      await this.#addSteps(tx, [{ ...outcome, steps: [...steps, failed] }]);
      await announceGrants(tx, this.#parts.feed, await readGrantFacts(tx, grantIds));
      await audit.append(tx, { ...eventOf(account, 'closure.failed'), data: { ...namesOf(account), error: message } });
    });
  }

  async keepStrangers(
    account: DatabaseAccount,
    backendIds: readonly string[],
    ended: readonly EndedSession[],
  ): Promise<void> {
    await this.#parts.audit.record({
      ...eventOf(account, 'account.strangers_ended'),
      data: { ...namesOf(account), strangers: backendIds, sessions: ended },
    });
  }

  /** Grants whose end is latched and for which no account is left to do: closed, and on record as such. */
  async finishGrants(): Promise<number> {
    const { db, feed, audit } = this.#parts;
    return await db.transaction().execute(async (tx) => {
      await addMissedTargets(tx);
      await settleDropped(tx);
      const { rows } = await sql<{ id: string; kind: string; hadAccount: boolean }>`
        update tidegate.access_grant g set ended_at = tidegate.now()
        where g.id in (
          select id from tidegate.access_grant waiting
          where waiting.closing_at is not null and waiting.ended_at is null
            and not exists (select from tidegate.closure_target t where t.grant_id = waiting.id and t.done_at is null)
          for update skip locked)
        returning g.id, g.end_kind as kind,
          exists (select from tidegate.closure_target t where t.grant_id = g.id) as "hadAccount"`.execute(tx);
      if (rows.length === 0) return 0;
      await addUnused(
        tx,
        rows.filter((row) => !row.hadAccount).map((row) => row.id),
      );
      const kinds = new Map(rows.map((row) => [row.id, row.kind]));
      const facts = await readGrantFacts(tx, [...kinds.keys()]);
      await announceGrants(tx, feed, facts);
      await audit.appendMany(
        tx,
        facts.map(({ id, projectId, requestId, holder, sentence }) => ({
          kind: 'grant.closed',
          actorId: null,
          ...{ projectId, requestId, grantId: id },
          data: { end: kinds.get(id), holder, sentence },
        })),
      );
      await noticeEnds(tx, rows);
      return rows.length;
    });
  }

  async #addSteps(tx: Tx, outcomes: readonly AccountOutcome[]): Promise<void> {
    const rows = outcomes.flatMap((outcome) =>
      outcome.grantIds.flatMap((grantId) =>
        newStepsOf(outcome).map((step) => ({
          grant_id: grantId,
          person_id: outcome.account.personId,
          instance_id: outcome.account.instanceId,
          account_name: outcome.account.name,
          step: step.step,
          ok: step.ok,
          summary: step.summary,
          details: step.details,
          at: step.at,
        })),
      ),
    );
    if (rows.length === 0) return;
    await sql`
      insert into tidegate.closure_step (grant_id, person_id, instance_id, account_name, step, ok, summary, details, at)
      select grant_id, person_id, instance_id, account_name, step, ok, summary, details, at
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as row(grant_id uuid, person_id uuid, instance_id uuid,
        account_name text, step text, ok boolean, summary text, details jsonb, at timestamptz)`.execute(tx);
  }

  async #markDone(tx: Tx, outcomes: readonly AccountOutcome[]): Promise<void> {
    const pairs = outcomes.flatMap(({ account, grantIds }) =>
      grantIds.map((grantId) => [account.id, grantId] as const),
    );
    if (pairs.length === 0) return;
    await sql`
      update tidegate.closure_target target set done_at = tidegate.now()
      from unnest(${pairs.map(([accountId]) => accountId)}::uuid[], ${pairs.map(([, grantId]) => grantId)}::uuid[])
        as done(account_id, grant_id)
      where target.account_id = done.account_id and target.grant_id = done.grant_id`.execute(tx);
  }
}

/**
 * Accounts that were made while the end was being committed, by an opening that could not see it yet. The person's lock
 * keeps that from happening; this does not rely on it.
 */
async function addMissedTargets(tx: Tx): Promise<void> {
  const { rows } = await sql<{ accountId: string }>`
    insert into tidegate.closure_target (grant_id, account_id)
    ${accountsOfGrants(sql`g.closing_at is not null and g.ended_at is null`)}
    on conflict do nothing returning account_id as "accountId"`.execute(tx);
  if (rows.length === 0) return;
  const ids = rows.map((row) => row.accountId);
  await markAccountsDirty(tx, sql`account.id = any(${ids}::uuid[])`);
}

/**
 * An end that was latched while its account was already being dropped, for another one: the drop was checked, so nothing
 * is left of this one either, and nobody would look at the account again.
 */
async function settleDropped(tx: Tx): Promise<void> {
  await sql`
    with gone as (
      update tidegate.closure_target target set done_at = tidegate.now()
      from tidegate.database_account account
      where account.id = target.account_id and account.state = 'dropped' and target.done_at is null
      returning target.grant_id, account.person_id, account.instance_id, account.name)
    insert into tidegate.closure_step (grant_id, person_id, instance_id, account_name, step, ok, summary, at)
    select grant_id, person_id, instance_id, name, 'check', true,
      name || ' had been dropped with an earlier end: no session, no privilege, no login.', tidegate.now()
    from gone`.execute(tx);
}

async function addUnused(tx: Tx, grantIds: readonly string[]): Promise<void> {
  if (grantIds.length === 0) return;
  await tx
    .insertInto('closure_step')
    .values(
      grantIds.map((id) => ({
        grant_id: id,
        step: 'check' as const,
        ok: true,
        summary: 'No database account holds anything of this grant, so none had to be ended.',
        at: sql<Date>`tidegate.now()`,
      })),
    )
    .execute();
}

function newStepsOf({ steps, keptSteps = 0 }: AccountOutcome): readonly ClosureStep[] {
  return steps.slice(keptSteps);
}

function eventOf(account: DatabaseAccount, kind: string) {
  return { kind, actorId: null, instanceId: account.instanceId };
}

function namesOf(account: DatabaseAccount) {
  return { person: account.personName, instance: account.instanceTitle, account: account.name };
}

/** As it goes on record: the server tells the statement as it was sent. */
export function withoutSecrets(session: EndedSession): EndedSession {
  const { statement } = session;
  return { ...session, statement: statement === null ? null : maskSecretsAnywhere(statement) };
}

/** `Ended 1 session: 4711 on hr_prod, active for 12.0 s: update salary …` */
export function describeEnded(ended: readonly EndedSession[], database: string | null): string {
  if (ended.length === 0) return database === null ? 'No session was open.' : `No session was open in ${database}.`;
  if (ended.some(({ backendId }) => backendId === 'unseen'))
    return 'Ended all sessions. They could not be listed: one of them ended whatever else logged in as the account.';
  const shown = ended.slice(0, 5).map((session) => {
    const where = session.database === null ? '' : ` on ${session.database}`;
    const time = session.durationMs === null ? '' : ` for ${(session.durationMs / 1000).toFixed(1)} s`;
    const statement = session.statement === null ? '' : `: ${session.statement.slice(0, 200)}`;
    return `${session.backendId}${where}, ${session.state}${time}${statement}`;
  });
  const more = ended.length > 5 ? `; and ${ended.length - 5} more` : '';
  return `Ended ${ended.length === 1 ? '1 session' : `${ended.length} sessions`}: ${shown.join('; ')}${more}`;
}

function mendedWords(steps: readonly ClosureStep[]): string {
  const taken = steps.filter(({ step }) => step === 'end' || step === 'revoke').map(({ summary }) => summary);
  return taken.length === 0 ? 'It was brought in line with the ledger; nobody was disconnected.' : taken.join(' ');
}
