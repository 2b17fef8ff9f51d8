import { connectionMethod, type RouteAnswer, type Routes } from '@tidegate/contract';
import { type Selectable, sql } from 'kysely';
import type { MethodSettings } from '../../connection-methods/connection-method.ts';
import { type ConnectionMethods, methodNamed } from '../../connection-methods/connection-methods.ts';
import type { CapabilityFinding } from '../../engines/engine.ts';
import type { InstanceTable } from '../../platform/store/store-schema.ts';
import type { Db } from '../../platform/store/tx.ts';
import { type EnvironmentColumns, environmentColumns, environmentRefOf } from './environment-columns.ts';
import { containing, offsetOf, type Page, type PageQuery } from './page.ts';

type InstanceAnswer = RouteAnswer<Routes['GET /instances/:instanceId']>;
export type InstanceView = Omit<InstanceAnswer, 'abilities'> & { isUnregistering: boolean };

export interface InstanceFilter extends PageQuery {
  readonly environmentId?: string | undefined;
}

/** Instances as people see them: never with a secret. */
export class InstanceReadModel {
  readonly #db: Db;
  readonly #methods: ConnectionMethods;

  constructor(db: Db, methods: ConnectionMethods) {
    this.#db = db;
    this.#methods = methods;
  }

  async find(id: string): Promise<InstanceView | null> {
    const row = await this.#rows().where('instance.id', '=', id).executeTakeFirst();
    return row === undefined ? null : toView(row, this.#methods);
  }

  async list(filter: InstanceFilter): Promise<Page<InstanceView>> {
    const matching = this.#matching(filter);
    const { total } = await matching.select(sql<number>`count(*)::int`.as('total')).executeTakeFirstOrThrow();
    const rows = await this.#rows()
      .where('instance.id', 'in', matching.select('instance.id'))
      .orderBy('environment.position')
      .orderBy(sql`lower(instance.title)`)
      .limit(filter.pageSize)
      .offset(offsetOf(filter))
      .execute();
    return {
      items: rows.map((row) => toView(row, this.#methods)),
      total,
      page: filter.page,
      pageSize: filter.pageSize,
    };
  }

  #matching(filter: InstanceFilter) {
    let query = this.#db.selectFrom('instance').where('unregistered_at', 'is', null);
    if (filter.environmentId !== undefined) query = query.where('environment_id', '=', filter.environmentId);
    if (filter.search === undefined || filter.search === '') return query;
    const pattern = containing(filter.search);
    return query.where((eb) => eb.or([eb('title', 'ilike', pattern), eb('host', 'ilike', pattern)]));
  }

  #rows() {
    return this.#db
      .selectFrom('instance')
      .innerJoin('environment', 'environment.id', 'instance.environment_id')
      .where('instance.unregistered_at', 'is', null)
      .selectAll('instance')
      .select(environmentColumns)
      .select([
        sql<number>`(select count(*)::int from tidegate.database
          where instance_id = instance.id and vanished_at is null)`.as('databases'),
        sql<number>`(select count(*)::int from tidegate.database_account
          where instance_id = instance.id and state = 'live')`.as('accounts'),
        sql<number>`(select count(*)::int from tidegate.session join tidegate.database on database.id = session.database_id
          where database.instance_id = instance.id and session.state <> 'ended')`.as('sessions'),
      ]);
  }
}

type Row = Selectable<InstanceTable> & EnvironmentColumns & { databases: number; accounts: number; sessions: number };

function toView(row: Row, methods: ConnectionMethods): InstanceView {
  return {
    id: row.id,
    title: row.title,
    environment: environmentRefOf(row),
    engine: row.engine,
    host: row.host,
    port: row.port,
    user: row.user_name,
    connectionMethod: connectionMethod.parse(row.connection_method),
    ...methodNamed(methods, row.connection_method).view(row.connection_settings as MethodSettings, row.host),
    tlsMode: row.tls_mode,
    hasOwnCa: row.tls_ca !== null,
    version: row.version,
    isSample: row.is_sample,
    databases: row.databases,
    sync: { state: row.sync_state, at: row.synced_at?.toISOString() ?? null, message: row.sync_message },
    capability: {
      state: row.capability_state,
      at: row.capability_at?.toISOString() ?? null,
      // Written by the capability check alone, in this shape.
      findings: row.capability_findings as CapabilityFinding[],
    },
    accounts: row.accounts,
    sessions: row.sessions,
    isUnregistering: row.unregistering_at !== null,
  };
}
