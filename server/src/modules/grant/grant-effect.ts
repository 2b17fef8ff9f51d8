import type { RouteReply, Routes } from '@tidegate/contract';
import { sql } from 'kysely';
import type { Db } from '../../platform/store/tx.ts';
import { type ActiveGrant, type ActiveItem, EffectiveAccess } from './effective-access.ts';
import { readActive } from './ledger-rows.ts';
import type { Extent } from './narrowing.ts';
import { standingOf } from './project-standing.ts';

type Effect = RouteReply<Routes['GET /grants/:grantId/effect']>;

/** What the end of rows would take away now, apart from its sentence. */
export interface Loss extends Omit<Effect, 'sentence'> {
  /** Ids of the people who lose something. */
  readonly losing: readonly string[];
  /** How much of it other rows give as well. */
  readonly kept: 'nothing' | 'some' | 'everything';
}

/** What is left of a row that is narrowed. */
export type Left = Pick<Extent, 'scope' | 'privileges'>;

/**
 * Computed as the reconciler will: person by person, what remains without these rows, or with what is left of them.
 */
export async function readLoss(
  db: Db,
  grantIds: readonly string[],
  left: ReadonlyMap<string, Left> = new Map(),
): Promise<Loss> {
  const { rows: holders } = await sql<{ id: string }>`
    select person_id as id from tidegate.access_grant where id = any(${[...grantIds]}::uuid[]) and person_id is not null
    union
    select group_member.person_id from tidegate.access_grant join tidegate.group_member using (group_id)
    where access_grant.id = any(${[...grantIds]}::uuid[])`.execute(db);
  const losses: { personId: string; databaseIds: string[] }[] = [];
  const losing = new Set<string>();
  let isSomethingLost = false;
  let isSomethingKept = false;
  for (const { id: personId } of holders) {
    const databaseIds: string[] = [];
    for (const [databaseId, access] of await readActive(db, personId, {})) {
      const { lost, kept, isLostAtServer } = compare(access, databaseId, grantIds, left);
      isSomethingLost ||= lost > 0;
      isSomethingKept ||= kept > 0;
      if (lost > 0) losing.add(personId);
      if (isLostAtServer) databaseIds.push(databaseId);
    }
    losses.push({ personId, databaseIds });
  }
  const kept = isSomethingKept ? (isSomethingLost ? 'some' : 'everything') : 'nothing';
  return { people: holders.length, losing: [...losing], kept, ...(await countSessions(db, losses)) };
}

/** Rows that end with a membership: its own, and what the person asked for if nothing else holds him in the project. */
export async function grantsOfMember(db: Db, projectId: string, memberId: string): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select g.id from tidegate.access_grant g where g.closing_at is null and (g.project_member_id = ${memberId}
      or (g.source = 'request' and g.project_id = ${projectId} and not exists (${standingOf(memberId)})
        and exists (select from tidegate.project_member own where own.id = ${memberId}
          and (own.person_id = g.person_id
            or own.group_id in (select group_id from tidegate.group_member where person_id = g.person_id)))))`.execute(
    db,
  );
  return rows.map((row) => row.id);
}

function compare(
  access: EffectiveAccess,
  databaseId: string,
  grantIds: readonly string[],
  left: ReadonlyMap<string, Left>,
): { lost: number; kept: number; isLostAtServer: boolean } {
  const ending = access.grants.filter((grant) => grantIds.includes(grant.id));
  const remaining = access.grants.filter((grant) => !grantIds.includes(grant.id));
  const rest = new EffectiveAccess([
    ...remaining.flatMap((grant) => grant.items.map((item): ActiveItem => ({ ...grant, ...item, grantId: grant.id }))),
    ...ending.flatMap((grant) => itemsLeft(grant, databaseId, left.get(grant.id))),
  ]);
  const parts = ending.flatMap((grant) =>
    grant.items.flatMap((item) => grant.privileges.map((privilege) => ({ privilege, ...item }))),
  );
  const lost = parts.filter(({ privilege, schema, table }) => !rest.covers(privilege, schema, table));
  // Exporting is ours alone: no server knows of it, and no session ends for it.
  const isLostAtServer = lost.some(({ privilege }) => privilege !== 'export');
  return { lost: lost.length, kept: parts.length - lost.length, isLostAtServer };
}

function itemsLeft(grant: ActiveGrant, databaseId: string, left: Left | undefined): ActiveItem[] {
  if (left === undefined) return [];
  const whole = [{ databaseId, schema: null, table: null }];
  const items = left.scope.kind === 'project' ? whole : left.scope.items.filter((one) => one.databaseId === databaseId);
  const { privileges } = left;
  return items.map(({ schema, table }) => ({ ...grant, schema, table, privileges, grantId: grant.id }));
}

/** On MySQL a session may be at work in another database by its full name, so all of an instance end there. */
async function countSessions(
  db: Db,
  losses: readonly { personId: string; databaseIds: readonly string[] }[],
): Promise<{ sessions: number; runningStatements: number }> {
  const pairs = losses.flatMap(({ personId, databaseIds }) =>
    databaseIds.map((databaseId) => ({ personId, databaseId })),
  );
  const { rows } = await sql<{ sessions: number; runningStatements: number }>`
    with lost as (
      select "personId", "databaseId", database.instance_id, instance.engine
      from jsonb_to_recordset(${JSON.stringify(pairs)}::jsonb) as pair("personId" uuid, "databaseId" uuid)
      join tidegate.database on database.id = pair."databaseId"
      join tidegate.instance on instance.id = database.instance_id
    )
    select count(*)::int as sessions,
      count(*) filter (where exists (select from tidegate.statement t where t.session_id = s.id and t.state = 'started'))::int
        as "runningStatements"
    from tidegate.session s
    join tidegate.database place on place.id = s.database_id
    where s.state <> 'ended' and exists (select from lost where lost."personId" = s.person_id
      and (lost."databaseId" = s.database_id or (lost.engine <> 'postgresql' and lost.instance_id = place.instance_id)))`.execute(
    db,
  );
  return rows[0] ?? { sessions: 0, runningStatements: 0 };
}
