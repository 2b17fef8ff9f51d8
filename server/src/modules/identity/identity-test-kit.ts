import {
  auditRoutes,
  eventRoutes,
  identityRoutes,
  type Problem,
  type Role,
  type RouteAnswer,
  type RouteCall,
  type Routes,
  type RouteTable,
} from '@tidegate/contract';
import type { FastifyInstance } from 'fastify';
import { createStoreClock } from '../../platform/clock/clock.ts';
import { eventHandlers } from '../../platform/events/event-handlers.ts';
import { createStoreChangeFeed } from '../../platform/events/store-change-feed.ts';
import type { ErasedHandler } from '../../platform/http/api-routes.ts';
import { kernelServer } from '../../platform/http/http-test-kit.ts';
import { createLog } from '../../platform/log/log.ts';
import { createTestStore, type TestStore } from '../../platform/store/test-store.ts';
import { openAuditParts } from '../audit/audit-test-kit.ts';
import { auditHandlers } from '../audit/index.ts';
import {
  createActorLoader,
  type EndKind,
  type GivenRole,
  identityHandlers,
  identitySentences,
  recordRefusals,
} from './index.ts';

type Key = keyof Routes;

export interface Answer<K extends Key> {
  readonly status: number;
  /** What the route promises; of a refusal, nothing. */
  readonly body: RouteAnswer<Routes[K]>;
  readonly problem: Problem | null;
}

/** A browser: keeps its cookie, and comes from our own page. */
export interface Browser {
  readonly cookie: string | null;
  call<K extends Key>(key: K, input?: Partial<RouteCall<Routes[K]>>): Promise<Answer<K>>;
}

export interface IdentityWorld {
  readonly store: TestStore;
  readonly app: FastifyInstance;
  /** What the ports of later modules were asked, in order. */
  readonly asked: { readonly locked: string[][]; readonly reduced: [EndKind, string[]][]; readonly given: GivenRole[] };
  readonly waits: number[];
  browser(address?: string): Browser;
  /** Kinds and sentences of all events so far, oldest first. */
  record(): Promise<{ kind: string; data: Record<string, unknown>; actorId: string | null }[]>;
  close(): Promise<void>;
}

export const adaPassword = 'correct horse battery';
export const ada = { name: 'Ada', email: 'ada@example.test', password: adaPassword };

/** The module on a store of its own, over HTTP. What later modules do is written down, not played. */
export async function createIdentityWorld(): Promise<IdentityWorld> {
  const store = await createTestStore();
  const { db, pool } = store;
  const log = createLog({ level: 'silent' });
  const record = await openAuditParts(db);
  const { audit } = record;
  const feed = createStoreChangeFeed(store, log);
  const actors = createActorLoader(db);
  const clock = createStoreClock(db);
  const waits: number[] = [];
  const asked: IdentityWorld['asked'] = { locked: [], reduced: [], given: [] };
  const handlers = {
    ...identityHandlers({
      ...{ db, pool, audit, feed, actors, clock },
      guard: {
        lockPeople: async (_tx, personIds) => void asked.locked.push([...personIds].sort()),
        accessChanged: async (_tx, personIds, cause) => void asked.reduced.push([cause.kind, [...personIds].sort()]),
        peopleOfProject: async () => [],
        peopleOfDatabases: async () => [],
      },
      roleAccess: { roleGiven: async (_tx, given) => void asked.given.push(given) },
      samples: { isPossible: false, start: async () => {} },
      version: '0.0.0-test',
      listWarnings: async () => [{ key: 'key', message: 'The key lies beside the lock.', action: null }],
      wait: async (ms) => void waits.push(ms),
    }),
    ...auditHandlers({ ...record, sentences: identitySentences }),
    ...eventHandlers(feed),
  };
  const app = await kernelServer({
    table: { ...identityRoutes, ...auditRoutes, ...eventRoutes } as RouteTable,
    handlers: handlers as unknown as Readonly<Record<string, ErasedHandler>>,
    loadActor: (token) => actors.bySignIn(token),
    onRefused: recordRefusals(audit),
    clock,
    log,
  });
  return {
    ...{ store, app, asked, waits },
    browser: (address) => createBrowser(app, address),
    async record() {
      const query = db.selectFrom('audit_event').select(['kind', 'data', 'actor_id as actorId']).orderBy('sequence');
      return (await query.execute()) as { kind: string; data: Record<string, unknown>; actorId: string | null }[];
    },
    async close() {
      await app.close();
      await store.close();
    },
  };
}

function createBrowser(app: FastifyInstance, address = '192.0.2.1'): Browser {
  let cookie: string | null = null;
  return {
    get cookie() {
      return cookie;
    },
    async call(key, { params, query, body } = {}) {
      const [method = '', pattern = ''] = key.split(' ');
      const values: Readonly<Record<string, unknown>> = params ?? {};
      const answer = await app.inject({
        method: method as 'GET',
        url: `/api/v1${pattern.replaceAll(/:(\w+)/g, (_whole, name: string) => String(values[name]))}`,
        remoteAddress: address,
        headers: { 'sec-fetch-site': 'same-origin' },
        ...(cookie === null ? {} : { cookies: { tidegate_sign_in: cookie } }),
        ...(body === undefined ? {} : { payload: body as object }),
        ...(query === undefined ? {} : { query: query as Record<string, string> }),
      });
      const set = answer.cookies.find((candidate) => candidate.name === 'tidegate_sign_in');
      if (set !== undefined) cookie = set.value === '' ? null : set.value;
      const isProblem = answer.statusCode >= 400;
      return { status: answer.statusCode, body: answer.json(), problem: isProblem ? answer.json() : null };
    },
  };
}

/** Registers Ada, the first administrator. */
export async function registerAda(world: IdentityWorld): Promise<Browser> {
  const browser = world.browser();
  await succeed(browser.call('POST /register', { body: ada }));
  return browser;
}

/** Added by the administrator with a first password, then with a password of his own: signed in. */
export async function addPerson(world: IdentityWorld, admin: Browser, name: string, roles: Role[] = []) {
  const email = `${name.toLowerCase()}@example.test`;
  const password = `${name} chose this`;
  const added = await succeed(
    admin.call('POST /people', { body: { name, email, roles, firstPassword: 'first password' } }),
  );
  const browser = world.browser();
  await succeed(browser.call('POST /sign-in', { body: { email, password: 'first password' } }));
  await succeed(browser.call('POST /me/password', { body: { current: 'first password', next: password } }));
  return { id: added.body.person.id, name, email, password, browser };
}

export async function succeed<K extends Key>(answer: Promise<Answer<K>>): Promise<Answer<K>> {
  const got = await answer;
  if (got.problem !== null) throw new Error(`Refused: ${JSON.stringify(got.problem)}`);
  return got;
}

export async function refusalOf<K extends Key>(answer: Promise<Answer<K>>): Promise<Problem['code'] | 'none'> {
  return (await answer).problem?.code ?? 'none';
}
