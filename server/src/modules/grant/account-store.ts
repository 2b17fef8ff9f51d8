import { sql } from 'kysely';
import type { Db, Tx } from '../../platform/store/tx.ts';

export interface DatabaseAccount {
  readonly id: string;
  readonly personId: string;
  readonly instanceId: string;
  readonly name: string;
  readonly passwordSealed: string | null;
  readonly state: 'live' | 'dropped';
  /** Exact to the microsecond, as text: compared, never computed with. */
  readonly dirtyAt: string | null;
  readonly attempts: number;
  readonly personName: string;
  readonly personEmail: string;
  readonly instanceTitle: string;
  readonly instanceShortId: string;
}

/** The accounts that Tidegate has made, one live one a person and instance. */
export class AccountStore {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  async find(id: string): Promise<DatabaseAccount | null> {
    return (await this.#select(sql`account.id = ${id}`))[0] ?? null;
  }

  async findLive(personId: string, instanceId: string): Promise<DatabaseAccount | null> {
    const [found] = await this.#select(
      sql`account.person_id = ${personId} and account.instance_id = ${instanceId} and account.state = 'live'`,
    );
    return found ?? null;
  }

  /** Null when another opening was first; then that one's is the account. */
  async insert(account: { personId: string; instanceId: string; name: string }): Promise<string | null> {
    const { rows } = await sql<{ id: string }>`
      insert into tidegate.database_account (person_id, instance_id, name, dirty_at)
      values (${account.personId}, ${account.instanceId}, ${account.name}, tidegate.now())
      on conflict do nothing returning id`.execute(this.#db);
    return rows[0]?.id ?? null;
  }

  async keepPassword(id: string, sealed: string | null): Promise<void> {
    await this.#db.updateTable('database_account').set({ password_sealed: sealed }).where('id', '=', id).execute();
  }

  /** Clean only if nothing has changed since `dirtyAt` was read. */
  async markClean(tx: Tx, id: string, dirtyAt: string | null): Promise<void> {
    await sql`
      update tidegate.database_account set attempts = 0, next_attempt_at = null, last_error = null,
        dirty_at = case when dirty_at::text is not distinct from ${dirtyAt} then null else dirty_at end
      where id = ${id}`.execute(tx);
  }

  async markDropped(tx: Tx, id: string): Promise<void> {
    await sql`
      update tidegate.database_account
      set state = 'dropped', dropped_at = tidegate.now(), dirty_at = null, password_sealed = null,
        attempts = 0, next_attempt_at = null, last_error = null
      where id = ${id}`.execute(tx);
  }

  /** The next attempt comes after 0.2 s, doubling to half a minute. */
  async markFailed(id: string, error: string): Promise<void> {
    await sql`
      update tidegate.database_account set attempts = attempts + 1, last_error = ${error.slice(0, 2000)},
        dirty_at = coalesce(dirty_at, tidegate.now()),
        next_attempt_at = tidegate.now() + least(30, 0.2 * power(2, least(attempts, 10))) * interval '1 second'
      where id = ${id}`.execute(this.#db);
  }

  async markDirty(ids: readonly string[]): Promise<void> {
    await sql`update tidegate.database_account set dirty_at = tidegate.now()
      where id = any(${[...ids]}::uuid[]) and state = 'live'`.execute(this.#db);
  }

  /** Dirty accounts whose turn has come, and how long until the next one's, in milliseconds. */
  async listDue(): Promise<{ due: { id: string; instanceId: string }[]; nextMs: number | null }> {
    const { rows } = await sql<{ id: string; instanceId: string; waitMs: number }>`
      select id, instance_id as "instanceId",
        greatest(0, extract(epoch from next_attempt_at - tidegate.now()) * 1000)::float8 as "waitMs"
      from tidegate.database_account
      where dirty_at is not null and state = 'live' order by dirty_at`.execute(this.#db);
    const due = rows.filter((row) => row.waitMs === null || row.waitMs <= 0);
    const waits = rows.flatMap((row) => (row.waitMs !== null && row.waitMs > 0 ? [row.waitMs] : []));
    return { due, nextMs: waits.length === 0 ? null : Math.min(...waits) };
  }

  async listLive(instanceId: string): Promise<DatabaseAccount[]> {
    return await this.#select(sql`account.instance_id = ${instanceId} and account.state = 'live'`);
  }

  async #select(condition: ReturnType<typeof sql>): Promise<DatabaseAccount[]> {
    const { rows } = await sql<DatabaseAccount>`
      select account.id, account.person_id as "personId", account.instance_id as "instanceId", account.name,
        account.password_sealed as "passwordSealed", account.state, account.dirty_at::text as "dirtyAt",
        account.attempts, person.name as "personName", person.email as "personEmail",
        instance.title as "instanceTitle", instance.short_id as "instanceShortId"
      from tidegate.database_account account
      join tidegate.person on person.id = account.person_id
      join tidegate.instance on instance.id = account.instance_id
      where ${condition}`.execute(this.#db);
    return rows;
  }
}
