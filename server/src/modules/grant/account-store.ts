import { sql } from 'kysely';
import type { EngineKind } from '../../engines/engine.ts';
import type { Db, Tx } from '../../platform/store/tx.ts';
import { accountsOfGrants, markedDirty, wakeReconciler } from './dirty-accounts.ts';
import { goneWithAccounts } from './instance-findings.ts';

export interface DatabaseAccount {
  readonly id: string;
  readonly personId: string;
  readonly instanceId: string;
  readonly name: string;
  readonly passwordSealed: string | null;
  readonly state: 'live' | 'dropped';
  readonly isDirty: boolean;
  /** Compared when the work is done: a change during it counts as not yet done. */
  readonly dirtyCount: number;
  /** Databases where something is being taken away, from before a crash. */
  readonly reducedDatabases: readonly string[];
  readonly attempts: number;
  readonly personName: string;
  readonly personEmail: string;
  readonly instanceTitle: string;
  readonly instanceShortId: string;
  readonly engine: EngineKind;
}

/** Longer than it takes to open a session, by far. */
const letInSeconds = 2;

/** The accounts that Tidegate has made, one live one a person and instance. */
export class AccountStore {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  async find(id: string): Promise<DatabaseAccount | null> {
    return (await this.#select(sql`account.id = ${id}`))[0] ?? null;
  }

  /** Those of them that live and wait to be brought in line. */
  async listDirty(ids: readonly string[]): Promise<DatabaseAccount[]> {
    return await this.#select(
      sql`account.id = any(${[...ids]}::uuid[]) and account.state = 'live' and account.dirty_at is not null`,
    );
  }

  async findLive(personId: string, instanceId: string): Promise<DatabaseAccount | null> {
    const [found] = await this.#select(
      sql`account.person_id = ${personId} and account.instance_id = ${instanceId} and account.state = 'live'`,
    );
    return found ?? null;
  }

  async emailOf(personId: string): Promise<string> {
    const query = this.#db.selectFrom('person').where('id', '=', personId).select('email');
    return (await query.executeTakeFirstOrThrow()).email;
  }

  /**
   * Nothing when another opening was first; then that one's is the account. The caller holds the person's shared lock:
   * an end that is about to commit must see the account, or be seen by whoever fills it.
   */
  async insert(tx: Tx, account: { personId: string; instanceId: string; name: string }): Promise<void> {
    await sql`
      insert into tidegate.database_account (person_id, instance_id, name, dirty_at)
      values (${account.personId}, ${account.instanceId}, ${account.name}, clock_timestamp())
      on conflict do nothing`.execute(tx);
  }

  /**
   * Before it can log in, for the moment in which a session is opened, with the password made for that. Should whoever
   * opens it die, it is brought in line in a little while by whoever lives. Answers what `noteShut` wants: null where it
   * waits for that anyway, because something has concerned it just now.
   */
  async noteLetIn(id: string, sealedPassword: string): Promise<number | null> {
    const { rows } = await sql<{ count: number | null }>`
      with before as (select dirty_at is null as clean from tidegate.database_account where id = ${id} for update)
      update tidegate.database_account account set password_sealed = ${sealedPassword},
        dirty_at = coalesce(dirty_at, clock_timestamp()), dirty_count = dirty_count + clean::int,
        next_attempt_at = case when clean then clock_timestamp() + make_interval(secs => ${letInSeconds})
          else next_attempt_at end
      from before where account.id = ${id} returning case when clean then dirty_count end as count`.execute(this.#db);
    await wakeReconciler(this.#db);
    return rows[0]?.count ?? null;
  }

  /** It cannot any more. In line again, unless something has concerned it meanwhile. */
  async noteShut(id: string, letInCount: number | null): Promise<void> {
    if (letInCount === null) return;
    await sql`update tidegate.database_account set dirty_at = null, next_attempt_at = null
      where id = ${id} and dirty_count = ${letInCount}`.execute(this.#db);
  }

  /** Committed before anything is taken away there; forgotten by `markClean`. */
  async noteReduced(id: string, databases: readonly string[]): Promise<void> {
    await this.#db
      .updateTable('database_account')
      .set({ reduced_databases: [...databases] })
      .where('id', '=', id)
      .execute();
  }

  /** In line with the ledger as it was when `account` was read; still dirty if something has changed since. */
  async markClean(tx: Tx, account: DatabaseAccount): Promise<void> {
    await sql`
      update tidegate.database_account set attempts = 0, next_attempt_at = null, last_error = null,
        reduced_databases = null,
        dirty_at = case when dirty_count = ${account.dirtyCount} then null else dirty_at end
      where id = ${account.id}`.execute(tx);
  }

  async markDropped(tx: Tx, ids: readonly string[]): Promise<void> {
    await sql`
      update tidegate.database_account
      set state = 'dropped', dropped_at = clock_timestamp(), dirty_at = null, password_sealed = null,
        reduced_databases = null, attempts = 0, next_attempt_at = null, last_error = null
      where id = any(${[...ids]}::uuid[])`.execute(tx);
    await goneWithAccounts(tx, ids);
  }

  /** The next attempt comes after 0.2 s, doubling to half a minute. */
  async markFailed(tx: Tx, id: string, error: string): Promise<void> {
    await sql`
      update tidegate.database_account set attempts = attempts + 1, last_error = ${error.slice(0, 2000)},
        dirty_at = coalesce(dirty_at, clock_timestamp()),
        next_attempt_at = clock_timestamp() + least(30, 0.2 * power(2, least(attempts, 10))) * interval '1 second'
      where id = ${id}`.execute(tx);
    await wakeReconciler(tx);
  }

  async markDirty(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    await sql`update tidegate.database_account set ${markedDirty}
      where id = any(${[...ids]}::uuid[]) and state = 'live'`.execute(this.#db);
  }

  /** Dirty accounts whose turn has come, and how long until the next one's, in milliseconds. */
  async listDue(): Promise<{ due: { id: string; instanceId: string }[]; nextMs: number | null }> {
    const { rows } = await sql<{ id: string; instanceId: string; waitMs: number | null }>`
      select id, instance_id as "instanceId",
        greatest(0, extract(epoch from next_attempt_at - clock_timestamp()) * 1000)::float8 as "waitMs"
      from tidegate.database_account
      where dirty_at is not null and state = 'live' order by dirty_at`.execute(this.#db);
    const due = rows.filter((row) => row.waitMs === null || row.waitMs <= 0);
    const waits = rows.flatMap((row) => (row.waitMs !== null && row.waitMs > 0 ? [row.waitMs] : []));
    return { due, nextMs: waits.length === 0 ? null : Math.min(...waits) };
  }

  /** Those that live, in line or not, in the order of their ids after `afterId`. */
  async listLive(instanceId: string, afterId: string | null, most: number): Promise<DatabaseAccount[]> {
    return await this.#select(sql`account.instance_id = ${instanceId} and account.state = 'live'
      and (${afterId}::uuid is null or account.id > ${afterId}::uuid)
      order by account.id limit ${most}`);
  }

  /** Whether nothing has concerned it since it was read, and it still lives. */
  async isUntouched({ id, dirtyCount }: DatabaseAccount): Promise<boolean> {
    const now = await this.find(id);
    return now?.state === 'live' && !now.isDirty && now.dirtyCount === dirtyCount;
  }

  /** Whether a row of its person has ended or begun by time alone, and whoever looks after that has not come to it yet. */
  async isOvertakenByTime({ id }: DatabaseAccount): Promise<boolean> {
    const now = sql`(select tidegate.now())`;
    const rows = accountsOfGrants(sql`g.closing_at is null and (g.expires_at <= ${now}
      or (g.starts_at > g.created_at and g.starts_at <= ${now} and g.starts_at > ${now} - interval '5 seconds'))`);
    const { rows: found } = await sql`select from (${rows}) as row where account_id = ${id} limit 1`.execute(this.#db);
    return found.length > 0;
  }

  /** The clock by which accounts are dropped. */
  async clock(): Promise<Date> {
    const { rows } = await sql<{ now: Date }>`select clock_timestamp() as now`.execute(this.#db);
    return rows[0]?.now ?? Promise.reject(new Error('The store did not tell the time.'));
  }

  /** Of these names, those that no account of the instance ever had. */
  async listUnheardOf(instanceId: string, names: readonly string[]): Promise<string[]> {
    const { rows } = await sql<{ name: string }>`
      select found.name from unnest(${[...names]}::text[]) as found(name) where not exists (
        select from tidegate.database_account account where account.instance_id = ${instanceId}
          and account.name = found.name)`.execute(this.#db);
    return rows.map((row) => row.name);
  }

  /** Of these names, those that we know nothing of or dropped before the instant: they are left over at the server. */
  async listLeftOver(instanceId: string, names: readonly string[], before: Date): Promise<string[]> {
    const { rows } = await sql<{ name: string }>`
      select found.name from unnest(${[...names]}::text[]) as found(name) where not exists (
        select from tidegate.database_account account where account.instance_id = ${instanceId}
          and account.name = found.name and (account.state = 'live' or account.dropped_at >= ${before}))`.execute(
      this.#db,
    );
    return rows.map((row) => row.name);
  }

  /** Of the sessions that servers list of accounts, those that were never opened here, by account. */
  async strangersAmong(
    seen: readonly { readonly accountId: string; readonly backendId: string }[],
  ): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
    if (seen.length === 0) return new Map();
    const { rows } = await sql<{ accountId: string; backendIds: string[] }>`
      select seen.account_id as "accountId", array_agg(seen.backend_id) as "backendIds"
      from unnest(${seen.map((one) => one.accountId)}::uuid[], ${seen.map((one) => one.backendId)}::text[])
        as seen(account_id, backend_id)
      where not exists (select from tidegate.session opened
        where opened.account_id = seen.account_id and opened.backend_id = seen.backend_id)
      group by 1`.execute(this.#db);
    return new Map(rows.map((row) => [row.accountId, new Set(row.backendIds)]));
  }

  /** Instances that are registered, or still being closed. */
  async listInstances(): Promise<{ id: string; shortId: string }[]> {
    return await this.#db
      .selectFrom('instance')
      .where('unregistered_at', 'is', null)
      .select(['id', 'short_id as shortId'])
      .execute();
  }

  async #select(condition: ReturnType<typeof sql>): Promise<DatabaseAccount[]> {
    const { rows } = await sql<DatabaseAccount>`
      select account.id, account.person_id as "personId", account.instance_id as "instanceId", account.name,
        account.password_sealed as "passwordSealed", account.state, account.dirty_at is not null as "isDirty",
        account.dirty_count as "dirtyCount", coalesce(account.reduced_databases, '{}') as "reducedDatabases",
        account.attempts, person.name as "personName", person.email as "personEmail",
        instance.title as "instanceTitle", instance.short_id as "instanceShortId", instance.engine
      from tidegate.database_account account
      join tidegate.person on person.id = account.person_id
      join tidegate.instance on instance.id = account.instance_id
      where ${condition}`.execute(this.#db);
    return rows;
  }
}
