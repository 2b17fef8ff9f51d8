import type { ScopeWords } from '../modules/access-request/index.ts';
import type { EffectiveAccess, Grants } from '../modules/grant/index.ts';

const shownHistory = 5;

/** The ledger's words for requests. */
export function scopeWords(grants: Grants): ScopeWords {
  const { ledger, views } = grants;
  return {
    presentScopes: grants.presentScopes,
    sentenceOf: (holder, privileges, scope) => {
      const sentence = grants.accessSentence(holder, privileges, scope);
      return sentence.replace(' can ', holder === 'You' ? ' want to ' : ' wants to ');
    },
    today: async (personId, databaseIds) => {
      const { rows } = await views.list(personId, { mine: true, state: 'active' }, 1, 100);
      const presented = await grants.presentGrants(rows);
      return presented
        .filter(
          (grant) => grant.scope.isProject || grant.scope.databases.some((one) => databaseIds.includes(one.databaseId)),
        )
        .map((grant) => grant.sentence);
    },
    added: async (personId, scope, privileges) => {
      const ids = scope.databases.map((database) => database.databaseId);
      const held = await ledger.accessOnMany(personId, ids);
      return scope.databases.flatMap((database) => {
        const access = held.get(database.databaseId);
        const parts = [
          ...(database.isWhole ? [{ schema: '', table: null }] : []),
          ...database.schemas.map((schema) => ({ schema, table: null })),
          ...database.tables,
        ];
        return parts.flatMap(({ schema, table }) =>
          privileges
            .filter((privilege) => !isHeld(access, privilege, schema, table))
            .map((privilege) => ({ database: database.name, schema, table, privilege })),
        );
      });
    },
    used: async (holderId, grantId) => {
      const row = await views.find(holderId, grantId);
      return row === null ? null : ((await grants.presentGrants([row]))[0] ?? null);
    },
    cautions: grants.cautionsOn,
    freeze: grants.freezeScope,
    history: async (personId, projectId) => {
      const { rows } = await views.list(personId, { mine: true, projectId }, 1, shownHistory);
      return await grants.presentGrants(rows.filter((row) => row.source === 'request'));
    },
  };
}

function isHeld(
  access: EffectiveAccess | undefined,
  privilege: 'read' | 'write' | 'export',
  schema: string,
  table: string | null,
) {
  if (access === undefined) return false;
  if (table !== null) return access.can(privilege, schema, table);
  return access.whole.has(privilege) || (schema !== '' && access.schemas.get(schema)?.has(privilege) === true);
}
