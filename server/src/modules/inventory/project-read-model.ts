import { type Selectable, sql } from 'kysely';
import type { ProjectTable } from '../../platform/store/store-schema.ts';
import type { Db } from '../../platform/store/tx.ts';
import { containing, offsetOf, type Page, type PageQuery } from './page.ts';
import type { ProjectState } from './project.ts';

interface Owner {
  readonly kind: 'person' | 'group';
  readonly id: string;
  readonly name: string;
}

export interface ProjectView {
  readonly id: string;
  readonly name: string;
  readonly state: ProjectState;
  readonly databases: number;
  readonly members: number;
  readonly pendingRequests: number;
  readonly owners: Owner[];
  readonly isSample: boolean;
  readonly hidesNames: boolean;
  readonly createdAt: string;
}

export interface ProjectFilter extends PageQuery {
  readonly state?: ProjectState | undefined;
}

export class ProjectReadModel {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  async find(id: string): Promise<ProjectView | null> {
    const row = await this.#rows().where('project.id', '=', id).executeTakeFirst();
    return row === undefined ? null : toView(row, await this.#owners([id]));
  }

  async list(filter: ProjectFilter, visible: 'all' | readonly string[]): Promise<Page<ProjectView>> {
    const matching = this.#matching(filter, visible);
    const { total } = await matching.select(sql<number>`count(*)::int`.as('total')).executeTakeFirstOrThrow();
    const rows = await this.#rows()
      .where('project.id', 'in', matching.select('project.id'))
      .orderBy(sql`lower(project.name)`)
      .limit(filter.pageSize)
      .offset(offsetOf(filter))
      .execute();
    const owners = await this.#owners(rows.map(({ id }) => id));
    return { items: rows.map((row) => toView(row, owners)), total, page: filter.page, pageSize: filter.pageSize };
  }

  #matching(filter: ProjectFilter, visible: 'all' | readonly string[]) {
    let query = this.#db.selectFrom('project').where('project.deleted_at', 'is', null);
    if (visible !== 'all') query = query.where(sql<boolean>`project.id = any(${visible}::uuid[])`);
    if (filter.state !== undefined) query = query.where('project.state', '=', filter.state);
    if (filter.search === undefined || filter.search === '') return query;
    return query.where('project.name', 'ilike', containing(filter.search));
  }

  #rows() {
    return this.#db
      .selectFrom('project')
      .where('project.deleted_at', 'is', null)
      .selectAll('project')
      .select([
        sql<number>`(select count(*)::int from tidegate.database
          where project_id = project.id and vanished_at is null)`.as('databases'),
        sql<number>`(select count(distinct coalesce(person_id, group_id))::int from tidegate.project_member
          where project_id = project.id and (expires_at is null or expires_at > tidegate.now()))`.as('members'),
        sql<number>`(select count(*)::int from tidegate.access_request
          where project_id = project.id and state = 'pending')`.as('pendingRequests'),
      ]);
  }

  async #owners(projectIds: readonly string[]): Promise<Map<string, Owner[]>> {
    const { rows } = await sql<Owner & { projectId: string }>`
      select member.project_id as "projectId", coalesce(person.name, person_group.name) as name,
        coalesce(person.id, person_group.id) as id, case when person.id is null then 'group' else 'person' end as kind
      from tidegate.project_member member
      left join tidegate.person on person.id = member.person_id
      left join tidegate.person_group on person_group.id = member.group_id
      where member.project_id = any(${projectIds}::uuid[]) and member.role = 'project_owner'
        and (member.expires_at is null or member.expires_at > tidegate.now())
      order by kind desc, lower(coalesce(person.name, person_group.name))
    `.execute(this.#db);
    const owners = new Map<string, Owner[]>();
    for (const { projectId, ...owner } of rows) owners.set(projectId, [...(owners.get(projectId) ?? []), owner]);
    return owners;
  }
}

type Row = Selectable<ProjectTable> & { databases: number; members: number; pendingRequests: number };

function toView(row: Row, owners: ReadonlyMap<string, Owner[]>): ProjectView {
  return {
    id: row.id,
    name: row.name,
    state: row.state,
    databases: row.databases,
    members: row.members,
    pendingRequests: row.pendingRequests,
    owners: owners.get(row.id) ?? [],
    isSample: row.is_sample,
    hidesNames: row.hides_names,
    createdAt: row.created_at.toISOString(),
  };
}
