import type { Scope } from '@tidegate/contract';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { Caller } from './request-parts.ts';
import { outcomeOf, RequestWorld } from './request-test-kit.ts';

let world: RequestWorld;
let projectId: string;
let scope: Scope;
/** Nobody is there to decide what he asks for: it cannot be sent. */
let dev: Caller;

beforeAll(async () => {
  world = await RequestWorld.open();
  projectId = await world.grants.project('HR');
  const databaseId = await world.database(projectId, ['salary']);
  scope = { kind: 'items', items: [{ databaseId, schema: 'public', table: 'salary' }] };
  dev = await world.person('dev', projectId, 'project_developer');
});
afterEach(async () => {
  await world.db.updateTable('risk_rule').set({ is_on: false }).where('position', '=', 0).execute();
});
afterAll(() => world.close());

async function rule(condition: string): Promise<string> {
  const { id } = await world.db
    .insertInto('risk_rule')
    .values({ source: 'read', position: 0, is_on: true })
    .returning('id')
    .executeTakeFirstOrThrow();
  const text = { rule_id: id, version: 1, name: condition, condition, level: 'low' as const };
  await world.db.insertInto('risk_rule_version').values(text).execute();
  return id;
}
const faultOf = async (id: string) =>
  (await world.db.selectFrom('risk_rule').where('id', '=', id).select('fault').executeTakeFirstOrThrow()).fault;
const asked = async () => (await world.db.selectFrom('access_request').select('id').execute()).length;

it('a rule that cannot be evaluated is flagged also when its request is refused', async () => {
  const broken = await rule('10 / (number_of_tables - 1) > 1');
  const sound = await rule('number_of_tables > 99');
  expect(await outcomeOf(world.ask({ by: dev, projectId, scope }))).toBe('access_request.no_approver');
  expect(await asked()).toBe(0);
  expect(await faultOf(broken)).toContain('divide by zero');
  expect(await faultOf(sound)).toBeNull();
});

it('a refusal flags nothing where every rule could be evaluated', async () => {
  const sound = await rule('number_of_tables > 99');
  expect(await outcomeOf(world.ask({ by: dev, projectId, scope }))).toBe('access_request.no_approver');
  expect(await faultOf(sound)).toBeNull();
});
