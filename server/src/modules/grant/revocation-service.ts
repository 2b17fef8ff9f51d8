import type { ScopeItem } from '@tidegate/contract';
import type { Tx } from '../../platform/store/tx.ts';
import type { GrantSource } from './grant.ts';
import type { GrantAmendments } from './grant-amendments.ts';
import type { Left, Loss } from './grant-effect.ts';
import type { Ledger } from './ledger.ts';

export interface RevocableRow {
  readonly id: string;
  readonly source: GrantSource;
  readonly projectId: string | null;
  readonly coversAll: boolean;
  readonly people: readonly string[];
  /** What it covers besides the database in question, as it is today. */
  readonly others: readonly ScopeItem[];
}

export interface RevocationStore {
  /** Open rows that the person holds himself; in one project, or all. */
  ofPerson(personId: string, projectId: string | null, tx?: Tx): Promise<RevocableRow[]>;
  onDatabase(databaseId: string, tx?: Tx): Promise<RevocableRow[]>;
}

export interface Revoker {
  readonly by: string;
  readonly onBehalfOf: string | null;
  readonly note: string;
}

/** What ends, what is narrowed and to what, and what stays because it is a role held in every project. */
export interface RevocationPlan {
  readonly ends: readonly RevocableRow[];
  readonly narrows: readonly { readonly row: RevocableRow; readonly left: readonly ScopeItem[] }[];
  readonly stays: readonly RevocableRow[];
}

const mostTries = 5;

/** Ends many grants in one transaction: all of a person, or all on a database. */
export class RevocationService {
  readonly #ledger: Ledger;
  readonly #amendments: GrantAmendments;
  readonly #store: RevocationStore;
  readonly #lossOf: (ids: readonly string[], left: ReadonlyMap<string, Left>) => Promise<Loss>;

  constructor(parts: {
    ledger: Ledger;
    amendments: GrantAmendments;
    store: RevocationStore;
    lossOf: (ids: readonly string[], left: ReadonlyMap<string, Left>) => Promise<Loss>;
  }) {
    this.#ledger = parts.ledger;
    this.#amendments = parts.amendments;
    this.#store = parts.store;
    this.#lossOf = parts.lossOf;
  }

  /** Answers how many grants ended. */
  async revokeOfPerson(revoker: Revoker, personId: string, projectId: string | null): Promise<number> {
    return await this.#ledger.withChanging([personId], async (tx) => {
      const rows = await this.#store.ofPerson(personId, projectId, tx);
      const ended = await this.#ledger.endGrants(
        tx,
        rows.map((row) => row.id),
        { kind: 'revoked', ...revoker },
      );
      return ended.length;
    });
  }

  /** Answers how many grants lost the database. */
  async revokeOnDatabase(revoker: Revoker, databaseId: string): Promise<number> {
    for (let tries = 1; ; tries += 1) {
      const people = peopleOf(await this.#store.onDatabase(databaseId));
      const done = await this.#ledger.withChanging([...people], async (tx) => {
        const rows = await this.#store.onDatabase(databaseId, tx);
        // Somebody has come meanwhile and is not locked: again, with him.
        if (tries < mostTries && [...peopleOf(rows)].some((id) => !people.has(id))) return null;
        return await this.#carryOut(tx, revoker, planOnDatabase(rows));
      });
      if (done !== null) return done;
    }
  }

  async planOfPerson(personId: string, projectId: string | null): Promise<{ plan: RevocationPlan; loss: Loss }> {
    const ends = await this.#store.ofPerson(personId, projectId);
    const loss = await this.#lossOf(
      ends.map((row) => row.id),
      new Map(),
    );
    return { plan: { ends, narrows: [], stays: [] }, loss };
  }

  async planOnDatabase(databaseId: string): Promise<{ plan: RevocationPlan; loss: Loss }> {
    const plan = planOnDatabase(await this.#store.onDatabase(databaseId));
    const { ends, narrows } = plan;
    const left = new Map<string, Left>(
      narrows.map(({ row, left: items }) => [
        row.id,
        { scope: { kind: 'items', items: [...items] }, privileges: ['read', 'write', 'export'] },
      ]),
    );
    const ids = [...ends, ...narrows.map(({ row }) => row)].map((row) => row.id);
    return { plan, loss: await this.#lossOf(ids, left) };
  }

  async #carryOut(tx: Tx, revoker: Revoker, { ends, narrows }: RevocationPlan): Promise<number> {
    const ended = await this.#ledger.endGrants(
      tx,
      ends.map((row) => row.id),
      { kind: 'revoked', ...revoker },
    );
    for (const { row, left } of narrows) {
      const scope = { kind: 'items' as const, items: [...left] };
      await this.#amendments.narrowGrant(tx, { grantId: row.id, scope, ...revoker });
    }
    return ended.length + narrows.length;
  }
}

function planOnDatabase(rows: readonly RevocableRow[]): RevocationPlan {
  // Of a role held in every project nothing can be taken away but the role.
  const stays = rows.filter((row) => row.coversAll && row.projectId === null);
  const own = rows.filter((row) => !stays.includes(row));
  return {
    stays,
    ends: own.filter((row) => row.others.length === 0),
    narrows: own.filter((row) => row.others.length > 0).map((row) => ({ row, left: row.others })),
  };
}

function peopleOf(rows: readonly RevocableRow[]): Set<string> {
  return new Set(rows.flatMap((row) => row.people));
}
