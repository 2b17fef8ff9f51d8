import { randomUUID } from 'node:crypto';
import { accessRoutes, inventoryRoutes, labelRoutes, type Role, type RouteTable } from '@tidegate/contract';
import type { FastifyInstance } from 'fastify';
import { type ConnectionMethods, connectionMethods } from '../../connection-methods/connection-methods.ts';
import { createMySqlEngine } from '../../engines/mysql/engine-mysql.ts';
import { postgresEngine } from '../../engines/postgres/engine-postgres.ts';
import { createSealer, parseSecretKeys } from '../../platform/crypto/index.ts';
import type { Change, ChangeFeed } from '../../platform/events/change-feed.ts';
import type { ErasedHandler } from '../../platform/http/api-routes.ts';
import { kernelServer } from '../../platform/http/http-test-kit.ts';
import { createTestStore, type TestStore } from '../../platform/store/test-store.ts';
import { startAuditLog } from '../audit/index.ts';
import { type AccessGuard, createActorLoader } from '../identity/index.ts';
import type { AccessOnDatabase } from './access-view.ts';
import type { RelationChanges } from './catalog-changes.ts';
import type { ProbeOptions } from './connection-probe.ts';
import { type Inventory, openInstanceTargets, openInventory } from './index.ts';

/** What the access guard was told, in order. */
export interface GuardCall {
  readonly locked: readonly string[];
  readonly kind: string | null;
}

export interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: the kernel checks each answer against its schema; tests read into it.
  readonly body: any;
}

/**
 * The inventory on a store of its own, called over HTTP as the people of the store. What later modules do is played
 * here: the ledger by `access`, the guard and the closure by records of what they were asked.
 */
export interface TestInventory {
  readonly store: TestStore;
  readonly inventory: Inventory;
  readonly changes: Change[];
  readonly guardCalls: GuardCall[];
  readonly relationChanges: (RelationChanges & { databaseId: string })[];
  /** Instances whose accounts were said to sign in otherwise now. */
  readonly signInChanges: string[];
  /** What `accessOnDatabases` answers, by database. */
  readonly access: Map<string, AccessOnDatabase>;
  /** What closing an instance answers next. */
  closing: 'closed' | 'closing';
  person(name: string, roles: readonly Role[]): Promise<string>;
  call(personId: string, key: string, input?: { body?: unknown; query?: Record<string, string> }): Promise<Answer>;
  auditKinds(): Promise<string[]>;
  close(): Promise<void>;
}

export async function openTestInventory(
  probe: ProbeOptions = {},
  methods: ConnectionMethods = connectionMethods,
): Promise<TestInventory> {
  const store = await createTestStore();
  const { db } = store;
  const changes: Change[] = [];
  const guardCalls: GuardCall[] = [];
  const relationChanges: TestInventory['relationChanges'] = [];
  const access = new Map<string, AccessOnDatabase>();
  const signInChanges: string[] = [];
  const feed: ChangeFeed = {
    publish: async (_tx, change) => void changes.push(change),
    subscribe: () => () => undefined,
  };
  const mysql = createMySqlEngine();
  const keys = parseSecretKeys(Buffer.alloc(32, 7).toString('base64')) ?? [];
  const ground = {
    db,
    engines: { postgresql: postgresEngine, mysql, mariadb: mysql },
    sealer: createSealer(keys),
    audit: await startAuditLog(db),
    feed,
    probe,
    methods,
    onBackgroundFailure: (error: unknown) => {
      throw error;
    },
  };
  const targets = openInstanceTargets(ground);
  const kit = { closing: 'closed' as TestInventory['closing'] };
  const inventory = openInventory(
    ground,
    {
      guard: recordingGuard(guardCalls),
      accessView: { accessOnDatabases: async () => access, grantedDatabases: async () => [...access.keys()] },
      closure: {
        closeInstance: async (id) => {
          await db.updateTable('instance').set({ unregistering_at: new Date() }).where('id', '=', id).execute();
          return kit.closing;
        },
      },
      catalogChanges: {
        relationsChanged: async (_tx, databaseId, found) => void relationChanges.push({ databaseId, ...found }),
        signInChanged: async (_tx, instanceId) => void signInChanges.push(instanceId),
      },
    },
    targets,
  );
  const server = await serve(store, inventory);
  return Object.assign(kit, {
    store,
    inventory,
    changes,
    guardCalls,
    relationChanges,
    signInChanges,
    access,
    person: (name: string, roles: readonly Role[]) => insertPerson(store, name, roles),
    call: (personId: string, key: string, input = {}) => callRoute(server, personId, key, input),
    auditKinds: async () => {
      const rows = await db.selectFrom('audit_event').select('kind').orderBy('sequence').execute();
      return rows.map((row) => row.kind);
    },
    close: async () => {
      await server.close();
      await targets.closeAll();
      await store.close();
    },
  });
}

function recordingGuard(calls: GuardCall[]): AccessGuard {
  return {
    lockPeople: async (_tx, locked) => void calls.push({ locked, kind: null }),
    accessChanged: async (_tx, locked, { kind }) => void calls.push({ locked, kind }),
    peopleOfProject: async (tx, projectId) => {
      const rows = await tx
        .selectFrom('project_member')
        .select('person_id')
        .where('project_id', '=', projectId)
        .execute();
      return rows.flatMap((row) => row.person_id ?? []);
    },
    peopleOfDatabases: async (tx, ids) => {
      const rows = await tx
        .selectFrom('project_member')
        .innerJoin('database', 'database.project_id', 'project_member.project_id')
        .select('person_id')
        .where('database.id', 'in', ids)
        .execute();
      return rows.flatMap((row) => row.person_id ?? []);
    },
  };
}

async function serve({ db }: TestStore, { handlers }: Inventory): Promise<FastifyInstance> {
  const table = Object.fromEntries(
    Object.entries({ ...inventoryRoutes, ...labelRoutes, ...accessRoutes }).filter(([key]) => key in handlers),
  ) as RouteTable;
  const loader = createActorLoader(db);
  return await kernelServer({
    table,
    handlers: handlers as unknown as Readonly<Record<string, ErasedHandler>>,
    loadActor: async (personId) => {
      const actor = await loader.byPersonId(personId);
      return actor === null ? null : { actor };
    },
  });
}

async function callRoute(
  server: FastifyInstance,
  personId: string,
  key: string,
  input: { body?: unknown; query?: Record<string, string> },
): Promise<Answer> {
  const [method = '', path = ''] = key.split(' ');
  const answer = await server.inject({
    method: method as 'GET',
    url: `/api/v1${path}`,
    cookies: { tidegate_sign_in: personId },
    headers: { 'sec-fetch-site': 'same-origin' },
    ...(input.query !== undefined && { query: input.query }),
    ...(input.body !== undefined && { payload: input.body as object }),
  });
  return { status: answer.statusCode, body: answer.json() };
}

async function insertPerson({ db }: TestStore, name: string, roles: readonly Role[]): Promise<string> {
  const id = randomUUID();
  await db
    .insertInto('person')
    .values({ id, name, email: `${id}@example.test` })
    .execute();
  for (const role of roles) await db.insertInto('workspace_role').values({ role, person_id: id }).execute();
  return id;
}
