import { roles } from '@tidegate/contract';
import { sql } from 'kysely';
import type { Tx } from '../../platform/store/tx.ts';
import type { AccessGuard, EndKind, GivenRole, WorkspaceRoleAccess } from '../identity/index.ts';
import type { CatalogChanges } from '../inventory/index.ts';
import { markAccountsDirty } from './dirty-accounts.ts';
import type { EndCause } from './grant.ts';
import type { Ledger } from './ledger.ts';
import type { LostTables } from './lost-tables.ts';
import { lockPersonExclusive } from './person-lock.ts';
import { standingOf } from './project-standing.ts';

/**
 * What everything that can reduce access goes through. After a change it ends the rows whose reason to exist is gone,
 * whatever the change was, and has the accounts of the people concerned compared with the ledger.
 */
export class SqlAccessGuard implements AccessGuard, WorkspaceRoleAccess, CatalogChanges {
  readonly #ledger: Ledger;
  readonly #lostTables: LostTables;

  constructor(ledger: Ledger, lostTables: LostTables) {
    this.#ledger = ledger;
    this.#lostTables = lostTables;
  }

  async lockPeople(tx: Tx, personIds: readonly string[]): Promise<void> {
    await lockPersonExclusive(tx, personIds);
  }

  async accessChanged(tx: Tx, personIds: readonly string[], cause: EndCause): Promise<void> {
    const gone = await groundlessRows(tx, personIds, cause.kind);
    for (const [kind, rows] of Map.groupBy(gone, (row) => row.kind)) {
      const ended = await this.#ledger.endGrants(
        tx,
        rows.map((row) => row.id),
        { ...cause, kind },
      );
      // A group that is gone names its people no more: those who are told to us had its access.
      await addTargets(tx, ended, personIds);
    }
    await markAccountsDirty(tx, sql`account.person_id = any(${[...personIds]}::uuid[])`);
  }

  async signInChanged(tx: Tx, instanceId: string): Promise<void> {
    await markAccountsDirty(tx, sql`account.instance_id = ${instanceId}`);
  }

  async peopleOfProject(tx: Tx, projectId: string): Promise<readonly string[]> {
    const { rows } = await sql<{ id: string }>`
      with holder as (
        select person_id, group_id from tidegate.project_member where project_id = ${projectId}
        union
        select person_id, group_id from tidegate.access_grant
        where closing_at is null and (project_id = ${projectId} or (project_id is null and covers_all_databases)
          or id in (select grant_id from tidegate.access_grant_item item
            join tidegate.database on database.id = item.database_id where database.project_id = ${projectId}))
      )
      select person_id as id from holder where person_id is not null
      union
      select group_member.person_id from holder join tidegate.group_member using (group_id)`.execute(tx);
    return rows.map((row) => row.id);
  }

  async peopleOfDatabases(tx: Tx, databaseIds: readonly string[]): Promise<readonly string[]> {
    const { rows } = await sql<{ id: string }>`
      with place as (select id, project_id, instance_id from tidegate.database where id = any(${[...databaseIds]}::uuid[])),
      holder as (
        select person_id, group_id from tidegate.access_grant g
        where g.closing_at is null and (
          (g.covers_all_databases and (g.project_id is null or g.project_id in (select project_id from place)))
          or exists (select from tidegate.access_grant_item item where item.grant_id = g.id and item.database_id in (select id from place)))
      )
      select person_id as id from holder where person_id is not null
      union
      select group_member.person_id from holder join tidegate.group_member using (group_id)
      union
      select person_id from tidegate.database_account
      where state = 'live' and instance_id in (select instance_id from place)`.execute(tx);
    return rows.map((row) => row.id);
  }

  /** A project role that carries privileges, held in every project, is a row of the ledger on all their databases. */
  async roleGiven(tx: Tx, given: GivenRole): Promise<void> {
    const { privileges } = roles[given.role];
    if (privileges.length === 0) return;
    const holder = holderOf(given);
    if (holder === null) return;
    await this.#ledger.createGrant(tx, {
      source: 'membership',
      holder,
      projectId: null,
      scope: { kind: 'project' },
      privileges,
      reason: '',
      grantedBy: given.by,
      startsAt: await this.#ledger.now(tx),
      expiresAt: null,
      workspaceRoleId: given.workspaceRoleId,
      role: given.role,
    });
  }

  /** Privileges follow names on one engine and identities on the other: accounts there are compared anew. */
  async relationsChanged(tx: Tx, databaseId: string): Promise<void> {
    await this.#lostTables.compare(tx, databaseId);
    const instance = sql`(select instance_id from tidegate.database where id = ${databaseId})`;
    await markAccountsDirty(tx, sql`account.instance_id = ${instance}`);
  }
}

function holderOf(given: GivenRole) {
  if (given.personId !== null) return { kind: 'person' as const, id: given.personId };
  return given.groupId === null ? null : { kind: 'group' as const, id: given.groupId };
}

/** What only a change of databases can take away is looked for everywhere then: whoever waited for it was not locked. */
const placeChanges: readonly EndKind[] = ['database_moved', 'database_vanished', 'instance_unregistered'];

/** Open rows that nothing explains any more, with the most telling reason. `change` names the change itself. */
async function groundlessRows(
  tx: Tx,
  personIds: readonly string[],
  change: EndKind,
): Promise<{ id: string; kind: EndKind }[]> {
  const people = sql`${[...personIds]}::uuid[]`;
  const isPlaceChange = placeChanges.includes(change);
  const { rows } = await sql<{ id: string; kind: EndKind }>`
    with own as materialized (
      select g.* from tidegate.access_grant g where g.closing_at is null and g.person_id = any(${people})
      union
      select g.* from tidegate.group_member m
      join tidegate.access_grant g on g.group_id = m.group_id and g.closing_at is null
      where m.person_id = any(${people})
    )
    select distinct on (id) id, kind from (
      select g.id, 1 as rank, 'person_deactivated' as kind
      from tidegate.person join tidegate.access_grant g on g.person_id = person.id and g.closing_at is null
      where person.state = 'deactivated'
      union all
      select g.id, 2, 'group_deleted' from tidegate.access_grant g
      where g.closing_at is null and g.group_id is null and g.group_name is not null
      union all
      select g.id, 3, 'project_archived'
      from tidegate.project join tidegate.access_grant g on g.project_id = project.id and g.closing_at is null
      where project.state = 'archived'
      union all
      select g.id, 4, ${change} from tidegate.access_grant g
      where g.closing_at is null and g.project_member_id is not null
        and not exists (select from tidegate.project_member where id = g.project_member_id)
      union all
      select g.id, 4, ${change} from tidegate.access_grant g
      where g.closing_at is null and g.workspace_role_id is not null
        and not exists (select from tidegate.workspace_role where id = g.workspace_role_id)
      union all
      select g.id, 5, ${lostDatabase(change)} from ${isPlaceChange ? sql`tidegate.access_grant` : sql`own`} g
      where g.closing_at is null and not g.covers_all_databases and not exists (${placesOf})
      union all
      select g.id, 6, 'role_lost' from tidegate.access_grant g
      where g.closing_at is null and g.source = 'role' and not exists (${placesReadByRole})
      union all
      select g.id, 7, 'role_lost' from own g
      where g.source = 'request' and g.person_id is not null and not exists (${standingOf()})
    ) as judged order by id, rank`.execute(tx);
  return rows;
}

/** Of the databases that the row `g` names, those that are still there and still in its project. */
const placesOf = sql`
  select from tidegate.access_grant_item item
  join tidegate.database on database.id = item.database_id and database.vanished_at is null
  join tidegate.instance on instance.id = database.instance_id and instance.unregistering_at is null
  where item.grant_id = g.id and (g.project_id is null or g.project_id = database.project_id)`;

/** Of the databases that the `role` row `g` names, those that its holder still reads by a role. */
const placesReadByRole = sql`
  select from tidegate.access_grant_item item
  join tidegate.database on database.id = item.database_id
  join tidegate.instance on instance.id = database.instance_id
  join tidegate.environment on environment.id = coalesce(database.environment_id, instance.environment_id)
  where item.grant_id = g.id and environment.allows_read_by_role and (
    exists (select from tidegate.workspace_role w
      where (w.person_id = g.person_id or w.group_id in (select group_id from tidegate.group_member where person_id = g.person_id))
        and (w.role in ('workspace_admin', 'workspace_dba') or (w.role = 'project_owner' and database.project_id is not null)))
    or exists (select from tidegate.project_member m
      where m.project_id = database.project_id and m.role = 'project_owner'
        and (m.expires_at is null or m.expires_at > (select tidegate.now()))
        and (m.person_id = g.person_id or m.group_id in (select group_id from tidegate.group_member where person_id = g.person_id))))`;

function lostDatabase(cause: EndKind): EndKind {
  return cause === 'instance_unregistered' || cause === 'database_vanished' ? cause : 'database_moved';
}

async function addTargets(tx: Tx, grantIds: readonly string[], personIds: readonly string[]): Promise<void> {
  await sql`
    insert into tidegate.closure_target (grant_id, account_id)
    select grant_id, account.id from unnest(${[...grantIds]}::uuid[]) as grant_id
    cross join tidegate.database_account account
    join tidegate.access_grant g on g.id = grant_id and g.person_id is null
    where account.state = 'live' and account.person_id = any(${[...personIds]}::uuid[])
    on conflict do nothing`.execute(tx);
}
