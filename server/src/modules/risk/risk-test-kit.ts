import { randomUUID } from 'node:crypto';
import { type Role, type RouteTable, riskRoutes } from '@tidegate/contract';
import type { FastifyInstance } from 'fastify';
import type { Change } from '../../platform/events/change-feed.ts';
import type { ErasedHandler } from '../../platform/http/api-routes.ts';
import { kernelServer } from '../../platform/http/http-test-kit.ts';
import { createTestStore, type TestStore } from '../../platform/store/test-store.ts';
import { startAuditLog } from '../audit/index.ts';
import { createActorLoader } from '../identity/index.ts';
import { openRiskCenter } from './index.ts';
import type { RiskSubject } from './risk.ts';

interface Table {
  readonly schema?: string;
  readonly name: string;
  readonly kind?: string;
  readonly rows?: number | null;
  readonly columns?: readonly string[];
}

/** A store with people, projects and databases that were never at any server: rules look only at the store. */
export class RiskWorld {
  readonly store: TestStore;

  readonly changes: Change[] = [];
  #server: FastifyInstance | null = null;

  private constructor(store: TestStore) {
    this.store = store;
  }

  static async open(): Promise<RiskWorld> {
    return new RiskWorld(await createTestStore());
  }

  /** Calls the module's routes as a person of the store, over HTTP. */
  async call(personId: string, key: string, input: { body?: object; query?: Record<string, string> } = {}) {
    this.#server ??= await this.#serve();
    const [method = '', path = ''] = key.split(' ');
    const answer = await this.#server.inject({
      method: method as 'GET',
      url: `/api/v1${path}`,
      cookies: { tidegate_sign_in: personId },
      headers: { 'sec-fetch-site': 'same-origin' },
      ...(input.query !== undefined && { query: input.query }),
      ...(input.body !== undefined && { payload: input.body }),
    });
    return { status: answer.statusCode, body: answer.json() };
  }

  async #serve(): Promise<FastifyInstance> {
    const { db } = this;
    const feed = {
      publish: async (_tx: unknown, change: Change) => void this.changes.push(change),
      subscribe: () => () => undefined,
    };
    const { handlers } = openRiskCenter({ db, feed, audit: await startAuditLog(db) });
    const loader = createActorLoader(db);
    return await kernelServer({
      table: riskRoutes as RouteTable,
      handlers: handlers as unknown as Readonly<Record<string, ErasedHandler>>,
      loadActor: async (personId) => {
        const actor = await loader.byPersonId(personId);
        return actor === null ? null : { actor };
      },
    });
  }

  get db() {
    return this.store.db;
  }

  async person(name: string, roles: readonly Role[] = []): Promise<string> {
    const email = `${name.toLowerCase()}.${randomUUID().slice(0, 8)}@example.test`;
    const { id } = await this.db.insertInto('person').values({ name, email }).returning('id').executeTakeFirstOrThrow();
    for (const role of roles) await this.db.insertInto('workspace_role').values({ role, person_id: id }).execute();
    return id;
  }

  async project(name: string): Promise<string> {
    const values = { name: `${name} ${randomUUID().slice(0, 8)}` };
    return (await this.db.insertInto('project').values(values).returning('id').executeTakeFirstOrThrow()).id;
  }

  async environment(name: 'Test' | 'Prod'): Promise<string> {
    return (await this.db.selectFrom('environment').where('name', '=', name).select('id').executeTakeFirstOrThrow()).id;
  }

  async database(
    projectId: string | null,
    name: string,
    environment: 'Test' | 'Prod',
    tables: readonly Table[],
  ): Promise<string> {
    const short = randomUUID().slice(0, 4);
    const instance = await this.db
      .insertInto('instance')
      .values({
        ...{ short_id: short, title: `Instance ${short}`, environment_id: await this.environment(environment) },
        ...{ engine: 'postgresql', host: 'db.example.test', port: 5432, user_name: 'gate', tls_mode: 'disable' },
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    const { id } = await this.db
      .insertInto('database')
      .values({ instance_id: instance.id, name, project_id: projectId })
      .returning('id')
      .executeTakeFirstOrThrow();
    for (const table of tables) await this.table(id, table);
    return id;
  }

  async table(databaseId: string, { schema = 'public', name, kind = 'table', rows = 10, columns = [] }: Table) {
    await this.db
      .insertInto('relation')
      .values({
        ...{ database_id: databaseId, schema_name: schema, name, kind, identity: name, estimated_rows: rows },
        columns: JSON.stringify(columns.map((column) => ({ name: column, type: 'text' }))),
      })
      .execute();
  }

  /** Puts a rule before the others of its source. */
  async rule(
    source: RiskSubject['source'],
    rule: { name: string; condition: string; level: 'low' | 'moderate' | 'high'; isOn?: boolean; position?: number },
  ): Promise<string> {
    const { name, condition, level, isOn = true, position = 0 } = rule;
    const { id } = await this.db
      .insertInto('risk_rule')
      .values({ source, position, is_on: isOn })
      .returning('id')
      .executeTakeFirstOrThrow();
    await this.db.insertInto('risk_rule_version').values({ rule_id: id, version: 1, name, condition, level }).execute();
    return id;
  }

  async request(projectId: string, requesterId: string): Promise<string> {
    const values = { project_id: projectId, requester_id: requesterId, reason: 'a test', content_hash: 'none' };
    const { id } = await this.db
      .insertInto('access_request')
      .values({ ...values, scope: '{"kind":"project"}', privileges: ['read'], expiry: '{"kind":"never"}' })
      .returning('id')
      .executeTakeFirstOrThrow();
    return id;
  }

  async close(): Promise<void> {
    await this.#server?.close();
    await this.store.close();
  }
}
