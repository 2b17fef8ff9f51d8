import type { RouteReply, Routes } from '@tidegate/contract';
import { sql } from 'kysely';
import type { Db, Tx } from '../../platform/store/tx.ts';
import type { DatabaseAccount } from './account-store.ts';

type Finding = RouteReply<Routes['GET /instances/:instanceId/findings']>['items'][number];

/** What cannot be mended at once would be found again each minute: it is told once an hour. */
const tellAgainMinutes = 60;
const longest = 2_000;

/** What the sweep found at servers that nobody of ours had done, and what was done about it. */
export class InstanceFindings {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  /** Privileges, sessions or settings that were changed by hand; mended when the account is next brought in line. */
  async drifted(account: DatabaseAccount, what: readonly string[]): Promise<void> {
    await this.#add(account, 'drift', cut(what.join('; ')), sql`make_interval(mins => ${tellAgainMinutes})`);
  }

  /** Objects that the account owns: they go with it. */
  async owns(account: DatabaseAccount, what: readonly string[]): Promise<void> {
    await this.#add(account, 'owned', cut(what.join('; ')), sql`interval '1000 years'`);
  }

  async strangersEnded(account: DatabaseAccount, strangers: readonly string[], ended: string): Promise<void> {
    const sessions = strangers.length === 1 ? 'a session' : 'sessions';
    const what = `has ${sessions} that nobody opened through Tidegate (${strangers.join(', ')}): somebody logged in with the account itself`;
    await sql`
      insert into tidegate.instance_finding (instance_id, account_id, account_name, kind, what, action, done_at)
      values (${account.instanceId}, ${account.id}, ${account.name}, 'stranger', ${cut(what)}, ${cut(ended)},
        clock_timestamp())`.execute(this.#db);
  }

  async orphanDropped(instanceId: string, account: string, sessionsEnded: number): Promise<void> {
    const sessions = sessionsEnded === 1 ? '1 session' : `${sessionsEnded} sessions`;
    await sql`
      insert into tidegate.instance_finding (instance_id, account_name, kind, what, action, done_at)
      values (${instanceId}, ${account}, 'orphan', 'An account with our own prefix that nothing explains.',
        ${`Its login was blocked, ${sessions} ended, and it was dropped with everything it held.`}, clock_timestamp())`.execute(
      this.#db,
    );
  }

  /** The newest first. */
  async list(instanceId: string, page: number, pageSize: number): Promise<{ items: Finding[]; total: number }> {
    const { rows } = await sql<Omit<Finding, 'at' | 'doneAt'> & { at: Date; doneAt: Date | null; total: number }>`
      select f.id::text, f.kind, f.account_name as account, person.name as person, f.what, f.found_at as at, f.action,
        f.done_at as "doneAt", count(*) over ()::int as total
      from tidegate.instance_finding f
      left join tidegate.database_account account on account.id = f.account_id
      left join tidegate.person on person.id = account.person_id
      where f.instance_id = ${instanceId} order by f.id desc
      limit ${pageSize} offset ${(page - 1) * pageSize}`.execute(this.#db);
    const items = rows.map(({ total: _, ...row }) => ({
      ...row,
      at: row.at.toISOString(),
      doneAt: row.doneAt?.toISOString() ?? null,
    }));
    return { items, total: rows[0]?.total ?? 0 };
  }

  async #add(account: DatabaseAccount, kind: 'drift' | 'owned', what: string, again: ReturnType<typeof sql>) {
    await sql`
      insert into tidegate.instance_finding (instance_id, account_id, account_name, kind, what)
      select ${account.instanceId}, ${account.id}, ${account.name}, ${kind}, ${what}
      where not exists (select from tidegate.instance_finding known where known.account_id = ${account.id}
        and known.kind = ${kind} and known.what = ${what} and known.found_at > clock_timestamp() - ${again})`.execute(
      this.#db,
    );
  }
}

/** In the transaction that records how the account was brought in line. */
export async function driftMended(tx: Tx, accountId: string, action: string): Promise<void> {
  await sql`
    update tidegate.instance_finding set action = ${cut(action)}, done_at = clock_timestamp()
    where account_id = ${accountId} and kind = 'drift' and done_at is null`.execute(tx);
}

/** What accounts owned and had too much is gone with them. */
export async function goneWithAccounts(tx: Tx, accountIds: readonly string[]): Promise<void> {
  await sql`
    update tidegate.instance_finding set action = 'The account was dropped; what it held was revoked, what it owned was removed or reassigned.',
      done_at = clock_timestamp()
    where account_id = any(${[...accountIds]}::uuid[]) and done_at is null`.execute(tx);
}

function cut(text: string): string {
  return text.length <= longest ? text : `${text.slice(0, longest)} …`;
}
