import type { Privilege, Scope } from '@tidegate/contract';
import { sql } from 'kysely';
import type { ChangeFeed } from '../../platform/events/change-feed.ts';
import type { Db, Tx } from '../../platform/store/tx.ts';
import { presentScopes } from './scope-views.ts';
import { accessSentence, privilegeWords } from './scope-words.ts';

/** What the record and the change feed say of a row of the ledger. */
export interface GrantFacts {
  readonly id: string;
  readonly projectId: string | null;
  readonly requestId: string | null;
  readonly source: string;
  readonly holder: { readonly kind: 'person' | 'group'; readonly id: string | null; readonly name: string };
  /** Everybody who holds it now, himself or by the group. */
  readonly people: readonly string[];
  /** `dev can read employee, salary and title in hr_prod` */
  readonly sentence: string;
  /** `read employee, salary and title in hr_prod` */
  readonly access: string;
}

interface Row extends Omit<GrantFacts, 'sentence' | 'access' | 'holder'> {
  readonly personId: string | null;
  readonly groupId: string | null;
  readonly holderName: string;
  readonly privileges: readonly Privilege[];
  readonly coversAll: boolean;
  readonly items: Extract<Scope, { kind: 'items' }>['items'];
}

export async function readGrantFacts(db: Db, ids: readonly string[]): Promise<GrantFacts[]> {
  if (ids.length === 0) return [];
  const { rows } = await sql<Row>`
    select g.id, g.project_id as "projectId", g.request_id as "requestId", g.source, g.person_id as "personId",
      g.group_id as "groupId", coalesce(person.name, person_group.name, g.group_name, '') as "holderName", g.privileges,
      g.covers_all_databases as "coversAll",
      case when g.person_id is not null then array[g.person_id]
        else coalesce((select array_agg(person_id) from tidegate.group_member where group_id = g.group_id), '{}') end as people,
      coalesce((select jsonb_agg(jsonb_build_object('databaseId', database_id, 'schema', schema_name, 'table', table_name))
        from tidegate.access_grant_item where grant_id = g.id), '[]') as items
    from tidegate.access_grant g
    left join tidegate.person on person.id = g.person_id
    left join tidegate.person_group on person_group.id = g.group_id
    where g.id = any(${[...ids]}::uuid[])`.execute(db);
  const scopes = await presentScopes(
    db,
    rows.map(({ projectId, coversAll, items }) => ({
      projectId,
      scope: coversAll ? { kind: 'project' } : { kind: 'items', items },
    })),
  );
  return rows.flatMap((row, index) => {
    const scope = scopes[index];
    if (scope === undefined) return [];
    const { id, projectId, requestId, source, people, personId, groupId, holderName } = row;
    const holder = { kind: personId === null ? ('group' as const) : ('person' as const), id: personId ?? groupId };
    const sentence = accessSentence(holderName, row.privileges, scope);
    const access = `${privilegeWords(row.privileges)} ${scope.sentence}`;
    return [{ id, projectId, requestId, source, people, holder: { ...holder, name: holderName }, sentence, access }];
  });
}

/** Pages that show these rows read again, once the transaction has committed. */
export async function announceGrants(tx: Tx, feed: ChangeFeed, facts: readonly GrantFacts[]): Promise<void> {
  for (const { id, projectId, people } of facts) {
    await feed.publish(tx, {
      event: { topic: 'grant', id, projectId },
      audience: { personIds: people, projectId },
    });
  }
}
