import type { Db } from '../../platform/store/tx.ts';
import type { AccessOnDatabase, AccessView, DataPrivilege } from '../inventory/index.ts';
import type { Ledger } from './ledger.ts';
import { readByRole } from './ledger-rows.ts';

/** The ledger as lists and trees of the inventory need it. */
export class LedgerAccessView implements AccessView {
  readonly #db: Db;
  readonly #ledger: Ledger;

  constructor(db: Db, ledger: Ledger) {
    this.#db = db;
    this.#ledger = ledger;
  }

  async grantedDatabases(personId: string): Promise<readonly string[]> {
    return await this.#ledger.databasesOf(personId);
  }

  async accessOnDatabases(personId: string, databaseIds: readonly string[]): Promise<Map<string, AccessOnDatabase>> {
    if (databaseIds.length === 0) return new Map();
    const [held, byRole] = await Promise.all([
      this.#ledger.accessOnMany(personId, databaseIds),
      readByRole(this.#db, personId, databaseIds),
    ]);
    const result = new Map<string, AccessOnDatabase>();
    for (const id of databaseIds) {
      const access = held.get(id);
      if (access === undefined && !byRole.has(id)) continue;
      result.set(id, {
        whole: withReading(access?.whole),
        schemas: mapValues(access?.schemas),
        tables: mapValues(access?.tables),
        until: access?.until ?? null,
        byRole: byRole.has(id),
      });
    }
    return result;
  }
}

function withReading(privileges: ReadonlySet<string> | undefined): ReadonlySet<DataPrivilege> {
  const result = new Set<DataPrivilege>();
  if (privileges?.has('read') || privileges?.has('write')) result.add('read');
  if (privileges?.has('write')) result.add('write');
  return result;
}

function mapValues(map: ReadonlyMap<string, ReadonlySet<string>> | undefined) {
  return new Map([...(map ?? [])].map(([key, privileges]) => [key, withReading(privileges)]));
}
