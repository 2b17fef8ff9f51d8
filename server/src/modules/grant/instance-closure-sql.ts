import { sql } from 'kysely';
import type { Db } from '../../platform/store/tx.ts';
import type { AccessGuard } from '../identity/index.ts';
import type { InstanceClosure } from '../inventory/index.ts';

/** How long unregistering waits for the closures before it answers that they are still open. */
const waitMs = 5_000;

/** Ends and proves everything on one instance before it is unregistered. */
export class SqlInstanceClosure implements InstanceClosure {
  readonly #db: Db;
  readonly #guard: AccessGuard;
  readonly #whenIdle: () => Promise<void>;

  constructor(parts: { db: Db; guard: AccessGuard; whenIdle: () => Promise<void> }) {
    this.#db = parts.db;
    this.#guard = parts.guard;
    this.#whenIdle = parts.whenIdle;
  }

  async closeInstance(instanceId: string, by: { readonly personId: string }): Promise<'closed' | 'closing'> {
    await this.#db.transaction().execute(async (tx) => {
      const databases = await tx.selectFrom('database').where('instance_id', '=', instanceId).select('id').execute();
      const people = await this.#guard.peopleOfDatabases(
        tx,
        databases.map((row) => row.id),
      );
      await this.#guard.lockPeople(tx, people);
      await tx
        .updateTable('instance')
        .set({ unregistering_at: sql<Date>`coalesce(unregistering_at, tidegate.now())` })
        .where('id', '=', instanceId)
        .execute();
      await this.#guard.accessChanged(tx, people, { kind: 'instance_unregistered', by: by.personId });
    });
    let timer: NodeJS.Timeout | undefined;
    const tooLong = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, waitMs);
    });
    await Promise.race([this.#whenIdle(), tooLong]);
    clearTimeout(timer);
    return (await this.#isClosed(instanceId)) ? 'closed' : 'closing';
  }

  async #isClosed(instanceId: string): Promise<boolean> {
    const { rows } = await sql<{ open: boolean }>`
      select exists (select from tidegate.database_account where instance_id = ${instanceId} and state = 'live')
        or exists (select from tidegate.access_grant g join tidegate.access_grant_item item on item.grant_id = g.id
          join tidegate.database on database.id = item.database_id
          where database.instance_id = ${instanceId} and g.closing_at is not null and g.ended_at is null) as open`.execute(
      this.#db,
    );
    return rows[0]?.open === false;
  }
}
