import { randomUUID } from 'node:crypto';
import { accessAtRoutes, type RouteAnswer, type Routes } from '@tidegate/contract';
import type { FastifyInstance } from 'fastify';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ErasedHandler } from '../../platform/http/api-routes.ts';
import { actorWith, asAda, kernelServer } from '../../platform/http/http-test-kit.ts';
import { createTestStore, type TestStore } from '../../platform/store/test-store.ts';
import { accessAtHandlers } from './access-at-routes.ts';

type Answer = RouteAnswer<Routes['GET /audit/access-at']>;
type GrantValues = Readonly<Record<string, unknown>>;

let store: TestStore;
let app: FastifyInstance;
let environmentId: string;
let projectId: string;
let databaseId: string;
let ada: string;

beforeAll(async () => {
  store = await createTestStore();
  await store.pool.query('create table tidegate.moved (ahead interval not null)');
  await store.pool.query(`insert into tidegate.moved values ('0')`);
  await store.pool.query(`create or replace function tidegate.now() returns timestamptz language sql volatile as
    'select clock_timestamp() + (select ahead from tidegate.moved)'`);
  const handlers = accessAtHandlers(store.db) as unknown as Readonly<Record<string, ErasedHandler>>;
  app = await kernelServer({ table: accessAtRoutes, handlers }, actorWith(['audit.list'], { personId: randomUUID() }));
});
afterAll(async () => {
  await app.close();
  await store.close();
});

beforeEach(async () => {
  environmentId = await insert('environment', { name: randomUUID(), color: 'blue', position: 9 });
  const shortId = randomUUID().slice(0, 4);
  const instanceId = await insert('instance', {
    ...{ short_id: shortId, title: shortId, environment_id: environmentId, engine: 'postgresql', host: 'h', port: 1 },
    ...{ user_name: 'u', tls_mode: 'disable' },
  });
  ada = await person('Ada');
  projectId = await insert('project', { name: randomUUID() });
  databaseId = await insert('database', { instance_id: instanceId, name: 'hr_prod', project_id: projectId });
});

async function insert(table: string, values: GrantValues): Promise<string> {
  const names = Object.keys(values);
  const { rows } = await store.pool.query<{ id: string }>(
    `insert into tidegate."${table}" (${names.join(', ')}) values (${names.map((_, at) => `$${at + 1}`).join(', ')}) returning *`,
    Object.values(values),
  );
  return rows[0]?.id ?? '';
}
const run = (text: string, ...values: unknown[]) => store.pool.query(text, values);
const person = (name: string) => insert('person', { name, email: `${randomUUID()}@example.test` });

/** A minute later on the store's clock; answers an instant between what was and what comes. */
async function later(): Promise<string> {
  await run(`update tidegate.moved set ahead = ahead + interval '1 minute'`);
  const { rows } = await sql<{ now: Date }>`select tidegate.now() as now`.execute(store.db);
  await run(`update tidegate.moved set ahead = ahead + interval '1 minute'`);
  return rows[0]?.now.toISOString() ?? '';
}

async function give(values: GrantValues, item: GrantValues | null = { schema_name: 'public', table_name: 'salary' }) {
  const { rows } = await run('select tidegate.now() as now');
  const grantId = await insert('access_grant', {
    ...{ source: 'membership', role: 'sql_editor_user', project_id: projectId, privileges: ['read'], granted_by: ada },
    ...{ starts_at: rows[0]?.now, covers_all_databases: item === null, ...values },
  });
  if (item !== null) await insert('access_grant_item', { grant_id: grantId, database_id: databaseId, ...item });
  return grantId;
}
const end = (grantId: string) =>
  run(`update tidegate.access_grant set closing_at = tidegate.now(), end_kind = 'revoked' where id = $1`, grantId);

async function at(instant: string, table = 'salary'): Promise<Answer> {
  const query = { databaseId, schema: 'public', table, at: instant };
  const answer = await app.inject({ url: '/api/v1/audit/access-at', query, ...asAda });
  expect(answer.statusCode, answer.body).toBe(200);
  return answer.json();
}
const sentences = async (instant: string, table?: string) =>
  (await at(instant, table)).items.map((item) => item.sentence);
const names = async (instant: string, table?: string) =>
  (await at(instant, table)).items.map((item) => item.person.name);

describe('who could read a table at an instant', () => {
  test('says who approved a request, and only for its tables and its time', async () => {
    const [dev, grace] = [await person('dev'), await person('Grace')];
    const before = await later();
    const requestId = await insert('access_request', {
      ...{ project_id: projectId, requester_id: dev, scope: '{}', privileges: ['write'], reason: 'x', expiry: '{}' },
      content_hash: 'x',
    });
    for (const decider of [ada, grace]) {
      await insert('decision', {
        ...{ request_id: requestId, person_id: decider, decision: 'approve', comment: '', content_hash: 'x' },
        at: new Date(),
      });
    }
    const grantId = await give({
      source: 'request',
      role: null,
      request_id: requestId,
      person_id: dev,
      privileges: ['write'],
    });
    const during = await later();
    await end(grantId);
    const after = await later();
    const { rows } = await run('select number from tidegate.access_request where id = $1', requestId);
    const number = rows[0]?.number;
    expect(await sentences(during)).toEqual([
      `dev could read and change salary in hr_prod: by request #${number}, approved by Ada and Grace.`,
    ]);
    expect(await sentences(before)).toEqual([]);
    expect(await sentences(after)).toEqual([]);
    expect(await sentences(during, 'title')).toEqual([]);
    expect((await at(during)).items[0]?.rows[0]).toMatchObject({ grantId, requestId, approvedBy: ['Ada', 'Grace'] });
  });

  test('takes the start as in and the end as out', async () => {
    const dev = await person('dev');
    const [from, until] = ['2030-01-01T00:00:00.000Z', '2030-01-01T01:00:00.000Z'];
    await give({ person_id: dev, starts_at: from, expires_at: until });
    expect(await names(from)).toEqual(['dev']);
    expect(await names('2030-01-01T00:59:59.999Z')).toEqual(['dev']);
    expect(await names(until)).toEqual([]);
    expect(await names('2029-12-31T23:59:59.999Z')).toEqual([]);
  });

  test('knows who was in a group then, whoever is in it now, and also when the group is gone', async () => {
    const [dev, eve] = [await person('dev'), await person('Eve')];
    const group = `Divers ${randomUUID()}`;
    const groupId = await insert('person_group', { name: group });
    await insert('group_member', { group_id: groupId, person_id: dev });
    await give({ group_id: groupId, group_name: group }, { schema_name: null, table_name: null });
    const first = await later();
    await run('delete from tidegate.group_member where person_id = $1', dev);
    await insert('group_member', { group_id: groupId, person_id: eve });
    const second = await later();
    await run('delete from tidegate.person_group where id = $1', groupId);
    const third = await later();
    expect(await sentences(first)).toEqual([
      `dev could read salary in hr_prod: as SQL Editor User, given by Ada, on the whole database, as one of ${group}.`,
    ]);
    expect(await names(second)).toEqual(['Eve']);
    expect(await names(third)).toEqual([]);
  });

  test('follows the database through projects, and people through deactivation', async () => {
    const dev = await person('dev');
    await give({ person_id: dev }, null);
    const first = await later();
    expect(await sentences(first)).toEqual([
      'dev could read salary in hr_prod: as SQL Editor User, given by Ada, on all databases of the project.',
    ]);
    const other = await insert('project', { name: randomUUID() });
    await run('update tidegate.database set project_id = $2 where id = $1', databaseId, other);
    const moved = await later();
    await run('update tidegate.database set project_id = $2 where id = $1', databaseId, projectId);
    const back = await later();
    await run(`update tidegate.person set state = 'deactivated' where id = $1`, dev);
    const deactivated = await later();
    await run(`update tidegate.person set state = 'active' where id = $1`, dev);
    await run(`update tidegate.project set state = 'archived' where id = $1`, projectId);
    const archived = await later();
    expect(await names(moved)).toEqual([]);
    expect(await names(back)).toEqual(['dev']);
    expect(await names(deactivated)).toEqual([]);
    expect(await at(archived)).toMatchObject({ items: [], place: { closedBecause: 'archived' } });
    expect(await names(first)).toEqual(['dev']);
  });

  test('leaves out what gives no reading, and a table that was lost for a while', async () => {
    const dev = await person('dev');
    await give({ person_id: dev, privileges: ['export'] });
    const grantId = await give({ person_id: dev });
    const first = await later();
    await run('update tidegate.access_grant_item set lost_at = tidegate.now() where grant_id = $1', grantId);
    const lost = await later();
    await run('update tidegate.access_grant_item set lost_at = null where grant_id = $1', grantId);
    const given = await later();
    expect((await at(first)).items).toMatchObject([{ privileges: ['read'], rows: { length: 1 } }]);
    expect(await names(lost)).toEqual([]);
    expect(await names(given)).toEqual(['dev']);
    expect(await names(first)).toEqual(['dev']);
  });

  test('adds up several rows of one person', async () => {
    const dev = await person('dev');
    await give({ person_id: dev });
    await give(
      { person_id: dev, role: 'project_querier', privileges: ['write'] },
      { schema_name: 'public', table_name: null },
    );
    const found = await at(await later());
    expect(found.items.map((item) => item.sentence)).toEqual([
      'dev could read and change salary in hr_prod: as SQL Editor User, given by Ada and as Project Querier, given by Ada, on the whole schema.',
    ]);
  });

  test('names who could have opened it by role, where the environment allowed it', async () => {
    const [root, owner] = [await person('Root'), await person('Owner')];
    const roleId = await insert('workspace_role', { role: 'workspace_admin', person_id: root });
    await insert('project_member', { project_id: projectId, role: 'project_owner', person_id: owner });
    const first = await later();
    await run('update tidegate.environment set allows_read_by_role = false where id = $1', environmentId);
    const closed = await later();
    await run('update tidegate.environment set allows_read_by_role = true where id = $1', environmentId);
    await run('delete from tidegate.workspace_role where id = $1', roleId);
    const second = await later();
    const byRole = async (instant: string) =>
      (await at(instant)).byRole.map(({ person: { name }, role }) => `${name}: ${role}`);
    expect(await byRole(first)).toEqual(['Owner: Project Owner', 'Root: Workspace Admin']);
    expect(await byRole(closed)).toEqual([]);
    expect(await byRole(second)).toEqual(['Owner: Project Owner']);
  });

  test('says where its history begins', async () => {
    const found = await at('2100-01-01T00:00:00.000Z');
    expect(found.isBeforeHistory).toBe(false);
    const unknown = { databaseId, schema: 'public', table: 'salary', at: '2001-01-01T00:00:00.000Z' };
    const answer = await app.inject({ url: '/api/v1/audit/access-at', query: unknown, ...asAda });
    expect(answer.json()).toMatchObject({ code: 'object.not_found' });
  });
});

test('the history of it cannot be changed or deleted', async () => {
  await person('dev');
  for (const change of [
    `update tidegate.ground_history set facts = '{}'`,
    `update tidegate.ground_history set until_at = now() where until_at is not null`,
    'delete from tidegate.ground_history',
  ]) {
    await expect(run(change), change).rejects.toMatchObject({ code: '23001' });
  }
});
