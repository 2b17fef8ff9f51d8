import { type ExpressionBuilder, sql } from 'kysely';
import type { EngineKind } from '../../engines/engine.ts';
import type { StoreSchema } from '../../platform/store/store-schema.ts';
import type { Db } from '../../platform/store/tx.ts';
import type { DatabaseVisibility, NameVisibility } from './database-visibility.ts';
import { type EnvironmentColumns, environmentColumns, environmentRefOf } from './environment-columns.ts';
import { containing, offsetOf, type Page, type PageQuery } from './page.ts';

export interface DatabaseView {
  readonly id: string;
  readonly name: string;
  readonly instance: { readonly id: string; readonly title: string; readonly engine: EngineKind };
  readonly environment: ReturnType<typeof environmentRefOf>;
  readonly isEnvironmentInherited: boolean;
  readonly project: { readonly id: string; readonly name: string } | null;
  readonly isProjectActive: boolean;
  /** The project hides what is not granted. */
  readonly hidesNames: boolean;
  readonly tables: number;
  readonly isSample: boolean;
  readonly syncedAt: string | null;
}

export interface DatabaseFilter extends PageQuery {
  readonly projectId?: string | undefined;
  readonly instanceId?: string | undefined;
  readonly environmentId?: string | undefined;
  readonly unassigned?: boolean | undefined;
  /** Only those in these projects (or in none), and not in `notIn`: what can be transferred there. */
  readonly transferable?:
    | { readonly notIn: string; readonly from: 'all' | readonly string[]; readonly fromUnassigned: boolean }
    | undefined;
  readonly sort: 'name' | 'environment' | 'instance' | 'project' | 'synced';
  readonly order: 'asc' | 'desc';
  /** Ids that come before all others. */
  readonly first?: readonly string[] | undefined;
}

const sortKeys = {
  name: sql`lower(database.name)`,
  environment: sql`environment.position`,
  instance: sql`lower(instance.title)`,
  project: sql`lower(project.name)`,
  synced: sql`database.synced_at`,
} as const;

/** Databases as people see them; those that vanished from their server are not there. */
export class DatabaseReadModel {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  async find(id: string): Promise<DatabaseView | null> {
    const row = await this.#rows().where('database.id', '=', id).executeTakeFirst();
    return row === undefined ? null : toView(row);
  }

  async list(
    filter: DatabaseFilter,
    visibility: DatabaseVisibility,
    names: NameVisibility,
  ): Promise<Page<DatabaseView>> {
    const matching = this.#joined().where((eb) => eb.and([...conditionsOf(eb, filter, visibility), hasName(names)]));
    const { total } = await matching.select(sql<number>`count(*)::int`.as('total')).executeTakeFirstOrThrow();
    const direction = filter.order === 'desc' ? sql`desc nulls last` : sql`asc nulls first`;
    const rows = await this.#rows()
      .where((eb) => eb.and([...conditionsOf(eb, filter, visibility), hasName(names)]))
      .orderBy(sql`${sortKeys[filter.sort]} ${direction}`)
      .orderBy(sortKeys.name)
      .orderBy(sortKeys.instance)
      .orderBy('database.id')
      .limit(filter.pageSize)
      .offset(offsetOf(filter))
      .execute();
    return { items: rows.map(toView), total, page: filter.page, pageSize: filter.pageSize };
  }

  #joined() {
    return this.#db
      .selectFrom('database')
      .innerJoin('instance', 'instance.id', 'database.instance_id')
      .innerJoin('environment', (join) =>
        join.on(sql<boolean>`environment.id = coalesce(database.environment_id, instance.environment_id)`),
      )
      .leftJoin('project', 'project.id', 'database.project_id')
      .where('database.vanished_at', 'is', null);
  }

  #rows() {
    return this.#joined()
      .select([
        'database.id',
        'database.name',
        'database.synced_at as syncedAt',
        'instance.id as instanceId',
        'instance.title as instanceTitle',
        'instance.engine',
        'instance.is_sample as isSample',
        'project.id as projectId',
        'project.name as projectName',
        'project.state as projectState',
        'project.hides_names as hidesNames',
        sql<boolean>`database.environment_id is null`.as('isEnvironmentInherited'),
        sql<number>`(select count(*)::int from tidegate.relation where relation.database_id = database.id)`.as(
          'tables',
        ),
      ])
      .select(environmentColumns);
  }
}

type Tables = StoreSchema & { project: StoreSchema['project'] };
type Builder = ExpressionBuilder<Tables, 'database' | 'instance' | 'environment'>;

function conditionsOf(eb: Builder, filter: DatabaseFilter, visibility: DatabaseVisibility) {
  const { projectId, instanceId, environmentId, unassigned, search, transferable } = filter;
  const pattern = search === undefined || search === '' ? null : containing(search);
  return [
    inProjects(eb, visibility.projects, visibility.seesUnassigned),
    ...(projectId === undefined ? [] : [eb('database.project_id', '=', projectId)]),
    ...(instanceId === undefined ? [] : [eb('database.instance_id', '=', instanceId)]),
    ...(environmentId === undefined ? [] : [eb('environment.id', '=', environmentId)]),
    ...(unassigned === undefined ? [] : [eb('database.project_id', unassigned ? 'is' : 'is not', null)]),
    ...(pattern === null
      ? []
      : [
          sql<boolean>`(database.name ilike ${pattern} or instance.title ilike ${pattern} or project.name ilike ${pattern})`,
        ]),
    ...(transferable === undefined
      ? []
      : [
          inProjects(eb, transferable.from, transferable.fromUnassigned),
          sql<boolean>`database.project_id is distinct from ${transferable.notIn}`,
          sql<boolean>`project.state is distinct from 'archived'`,
        ]),
  ];
}

/** Not hidden by its project, or hidden from others, or granted. */
function hasName({ seesNamesOf, granted }: NameVisibility) {
  if (seesNamesOf === 'all') return sql<boolean>`true`;
  return sql<boolean>`(project.hides_names is not true or project.id = any(${seesNamesOf}::uuid[])
    or database.id = any(${granted}::uuid[]))`;
}

function inProjects(eb: Builder, projects: 'all' | readonly string[], orUnassigned: boolean) {
  const assigned =
    projects === 'all'
      ? eb('database.project_id', 'is not', null)
      : sql<boolean>`database.project_id = any(${projects}::uuid[])`;
  return orUnassigned ? eb.or([assigned, eb('database.project_id', 'is', null)]) : assigned;
}

interface Row extends EnvironmentColumns {
  readonly id: string;
  readonly name: string;
  readonly syncedAt: Date | null;
  readonly instanceId: string;
  readonly instanceTitle: string;
  readonly engine: EngineKind;
  readonly isSample: boolean;
  readonly projectId: string | null;
  readonly projectName: string | null;
  readonly projectState: 'active' | 'archived' | null;
  readonly hidesNames: boolean | null;
  readonly isEnvironmentInherited: boolean;
  readonly tables: number;
}

function toView(row: Row): DatabaseView {
  const { projectId, projectName } = row;
  return {
    id: row.id,
    name: row.name,
    instance: { id: row.instanceId, title: row.instanceTitle, engine: row.engine },
    environment: environmentRefOf(row),
    isEnvironmentInherited: row.isEnvironmentInherited,
    project: projectId === null || projectName === null ? null : { id: projectId, name: projectName },
    isProjectActive: row.projectState === 'active',
    hidesNames: row.hidesNames === true,
    tables: row.tables,
    isSample: row.isSample,
    syncedAt: row.syncedAt?.toISOString() ?? null,
  };
}
