import type { Grants } from '../modules/grant/index.ts';
import type { Inventory } from '../modules/inventory/index.ts';
import type { SessionViews } from '../modules/session/index.ts';
import type { Clock } from '../platform/clock/clock.ts';
import type { Db } from '../platform/store/tx.ts';

/** What the editor's routes show of the inventory and of grants. */
export function sessionViews(parts: { grants: Grants; inventory: Inventory; db: Db; clock: Clock }): SessionViews {
  const { grants, inventory, db, clock } = parts;
  return {
    database: (actor, databaseId) => inventory.databasePages.one(actor, databaseId),
    editorDatabases: async (actor, query) => {
      const first = await grants.ledger.databasesOf(actor.personId);
      return await inventory.databasePages.list(actor, {
        ...query,
        sort: 'name',
        order: 'asc',
        unassigned: undefined,
        first,
      });
    },
    grant: async (grantId) => {
      const row = await grants.views.find(noReader, grantId);
      const [grant] = row === null ? [] : await grants.presentGrants([row]);
      if (row === null || grant === undefined) return null;
      const canGiveBack = row.personId !== null && row.source !== 'role';
      return { sentence: grant.sentence, startsAt: row.startsAt, canGiveBack };
    },
    access: (personId, databaseId) => grants.ledger.accessOn(db, personId, databaseId),
    now: () => clock.now(),
  };
}

/** Nobody: the sentence of a grant does not depend on who reads it. */
const noReader = '00000000-0000-0000-0000-000000000000';
