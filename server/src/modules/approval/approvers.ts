import type { Decider } from '@tidegate/contract';
import { sql } from 'kysely';
import type { Db, Tx } from '../../platform/store/tx.ts';
import type { DeciderNames } from './flow-words.ts';

export interface Approver {
  readonly id: string;
  readonly name: string;
}

/** Who somebody is in the eyes of steps, and who stands behind a step; read anew each time, in the caller's transaction. */
export class Approvers {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  /** The keys of a person; empty for who is not active. */
  async keysOf(personId: string, tx?: Tx): Promise<readonly string[]> {
    const { rows } = await sql<{ key: string }>`
      select distinct key from tidegate.decider_key where person_id = ${personId}`.execute(tx ?? this.#db);
    return rows.map((row) => row.key);
  }

  /** Active people who hold one of the keys, each once, by name. */
  async peopleOf(keys: readonly string[], exceptIds: readonly string[], tx?: Tx): Promise<Approver[]> {
    const { rows } = await sql<Approver>`
      select distinct person.id, person.name from tidegate.decider_key
      join tidegate.person on person.id = decider_key.person_id
      where key = any(${[...keys]}::text[]) and not person.id = any(${[...exceptIds]}::uuid[])
      order by person.name, person.id`.execute(tx ?? this.#db);
    return rows;
  }

  /** Active people behind each key, by name. */
  async peopleByKey(keys: readonly string[]): Promise<Map<string, Approver[]>> {
    if (keys.length === 0) return new Map();
    const { rows } = await sql<Approver & { key: string }>`
      select distinct decider_key.key, person.id, person.name from tidegate.decider_key
      join tidegate.person on person.id = decider_key.person_id
      where key = any(${[...keys]}::text[])
      order by person.name, person.id`.execute(this.#db);
    const byKey = Map.groupBy(rows, (row) => row.key);
    return new Map([...byKey].map(([key, people]) => [key, people.map(({ id, name }) => ({ id, name }))]));
  }

  /** Names of the groups and people that deciders name. */
  async namesOf(deciders: readonly Decider[], tx?: Tx): Promise<DeciderNames> {
    const ids = deciders.flatMap((decider) => (decider.kind === 'role' ? [] : [decider.id]));
    if (ids.length === 0) return new Map();
    const { rows } = await sql<Approver>`
      select id, name from tidegate.person where id = any(${ids}::uuid[])
      union all select id, name from tidegate.person_group where id = any(${ids}::uuid[])`.execute(tx ?? this.#db);
    return new Map(rows.map((row) => [row.id, row.name]));
  }

  /** Those of them that are neither an active person nor a group. */
  async unknownOf(deciders: readonly Decider[], tx: Tx): Promise<number> {
    const names = await this.namesOf(deciders, tx);
    const { rows } = await sql<{ id: string }>`
      select id from tidegate.person where state <> 'active' and id = any(${[...names.keys()]}::uuid[])`.execute(tx);
    const inactive = new Set(rows.map((row) => row.id));
    return deciders.filter((decider) => decider.kind !== 'role' && (!names.has(decider.id) || inactive.has(decider.id)))
      .length;
  }
}
