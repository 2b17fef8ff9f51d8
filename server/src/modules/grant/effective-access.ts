import type { Privilege } from '@tidegate/contract';
import type { DatabaseAccess, DatabasePrivilege } from '../../engines/engine.ts';
import { relationKey } from '../inventory/index.ts';
import type { GrantSource } from './grant.ts';

/** One active row of the ledger as it bears on one database: an item of it, or the whole database. */
export interface ActiveItem {
  readonly grantId: string;
  readonly source: GrantSource;
  readonly startsAt: Date;
  readonly expiresAt: Date | null;
  readonly privileges: readonly Privilege[];
  /** Null: the whole database. */
  readonly schema: string | null;
  /** Null: the whole schema. */
  readonly table: string | null;
  /** Of a table: the one that was granted, where that is known. */
  readonly identity?: string | null;
}

export interface ActiveGrant {
  readonly id: string;
  readonly source: GrantSource;
  readonly startsAt: Date;
  readonly expiresAt: Date | null;
  readonly privileges: readonly Privilege[];
  readonly items: readonly Pick<ActiveItem, 'schema' | 'table' | 'identity'>[];
}

/** The union of one person's active rows on one database, as of the instant it was read. */
export class EffectiveAccess {
  readonly grants: readonly ActiveGrant[];

  constructor(items: readonly ActiveItem[]) {
    const byGrant = Map.groupBy(items, (item) => item.grantId);
    this.grants = [...byGrant.values()].flatMap((rows) => {
      const [first] = rows;
      if (first === undefined) return [];
      const { grantId, source, startsAt, expiresAt, privileges } = first;
      return [{ id: grantId, source, startsAt, expiresAt, privileges, items: rows }];
    });
  }

  get isEmpty(): boolean {
    return this.grants.length === 0;
  }

  /** Names as the server spells them; compared exactly. */
  can(privilege: Privilege, schema: string, table: string): boolean {
    return this.grantIdsFor(privilege, schema, table).length > 0;
  }

  /** The rows that explain this access; empty when there is none. */
  grantIdsFor(privilege: Privilege, schema: string, table: string): string[] {
    return this.grants
      .filter((grant) => gives(grant, privilege) && grant.items.some((item) => spans(item, schema, table)))
      .map((grant) => grant.id);
  }

  /** Whether one row covers all of this: a table, a whole schema (no table), or the whole database (no schema). */
  covers(privilege: Privilege, schema: string | null, table: string | null): boolean {
    return this.grants.some(
      (grant) => gives(grant, privilege) && grant.items.some((item) => spans(item, schema, table)),
    );
  }

  /** The last end of all rows; null when one never ends, or there is none. */
  get until(): Date | null {
    if (this.grants.some((grant) => grant.expiresAt === null)) return null;
    return latest(this.grants.map((grant) => grant.expiresAt));
  }

  get whole(): ReadonlySet<Privilege> {
    return new Set(this.#parts((item) => item.schema === null).map(([privilege]) => privilege));
  }

  /** Whole schemas. */
  get schemas(): ReadonlyMap<string, ReadonlySet<Privilege>> {
    return grouped(
      this.#parts((item) => item.schema !== null && item.table === null).map(([privilege, item]) => [
        item.schema ?? '',
        privilege,
      ]),
    );
  }

  /** Single tables by `relationKey`. */
  get tables(): ReadonlyMap<string, ReadonlySet<Privilege>> {
    return grouped(
      this.#parts((item) => item.table !== null).map(([privilege, item]) => [
        relationKey(item.schema ?? '', item.table ?? ''),
        privilege,
      ]),
    );
  }

  /** What the database account must hold: `write` includes `read`; `export` never reaches a server. */
  toDatabaseAccess(database: string): DatabaseAccess {
    const strongest = (privileges: ReadonlySet<Privilege>): DatabasePrivilege | null =>
      privileges.has('write') ? 'write' : privileges.has('read') ? 'read' : null;
    const identities = this.#identities();
    return {
      database,
      whole: strongest(this.whole),
      schemas: [...this.schemas].flatMap(([schema, privileges]) => {
        const privilege = strongest(privileges);
        return privilege === null ? [] : [{ schema, privilege }];
      }),
      tables: [...this.tables].flatMap(([key, privileges]) => {
        const privilege = strongest(privileges);
        const [schema, table] = JSON.parse(key) as [string, string];
        const identity = identities.get(key);
        return privilege === null ? [] : [{ schema, table, privilege, ...(identity !== undefined && { identity }) }];
      }),
    };
  }

  /** Rows that were granted on another relation of that name are not in force: what is left speaks of one. */
  #identities(): ReadonlyMap<string, string> {
    const items = this.grants.flatMap((grant) => grant.items);
    return new Map(
      items.flatMap(({ schema, table, identity }) =>
        table === null || identity == null ? [] : [[relationKey(schema ?? '', table), identity] as const],
      ),
    );
  }

  #parts(accepts: (item: ActiveGrant['items'][number]) => boolean) {
    return this.grants.flatMap((grant) =>
      grant.items.filter(accepts).flatMap((item) => grant.privileges.map((privilege) => [privilege, item] as const)),
    );
  }
}

/** `write` is SELECT too. */
function gives(grant: ActiveGrant, privilege: Privilege): boolean {
  return grant.privileges.includes(privilege) || (privilege === 'read' && grant.privileges.includes('write'));
}

function spans(
  item: { schema: string | null; table: string | null },
  schema: string | null,
  table: string | null,
): boolean {
  if (item.schema === null) return true;
  return item.schema === schema && (item.table === null || item.table === table);
}

function latest(instants: readonly (Date | null)[]): Date | null {
  const times = instants.flatMap((instant) => (instant === null ? [] : [instant.getTime()]));
  return times.length === 0 ? null : new Date(Math.max(...times));
}

function grouped(pairs: readonly (readonly [string, Privilege])[]): Map<string, Set<Privilege>> {
  const result = new Map<string, Set<Privilege>>();
  for (const [key, privilege] of pairs) {
    const found = result.get(key);
    if (found === undefined) result.set(key, new Set([privilege]));
    else found.add(privilege);
  }
  return result;
}
