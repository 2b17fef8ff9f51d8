import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Db } from '../../platform/store/tx.ts';
import { RiskWorld } from './risk-test-kit.ts';
import { rulesInForce } from './rules-in-force.ts';

let world: RiskWorld;
beforeAll(async () => {
  world = await RiskWorld.open();
});
afterAll(async () => await world?.close());

const names = async (db: Db = world.db) => (await rulesInForce(db, 'read')).map((rule) => rule.name);

async function addRule(db: Db, name: string): Promise<string> {
  const values = { source: 'read', position: 0 } as const;
  const { id } = await db.insertInto('risk_rule').values(values).returning('id').executeTakeFirstOrThrow();
  await db
    .insertInto('risk_rule_version')
    .values({ rule_id: id, version: 1, name, condition: 'true', level: 'high' })
    .execute();
  return id;
}

test('what was read of the rules holds until one of them changes, whoever changes it', async () => {
  const before = await rulesInForce(world.db, 'read');
  expect(await rulesInForce(world.db, 'read')).toBe(before);

  const id = await addRule(world.db, 'New');
  expect(await names()).toEqual(['New', 'Everything else']);
  await world.db.updateTable('risk_rule').set({ is_on: false }).where('id', '=', id).execute();
  expect(await names()).toEqual(['Everything else']);
  await world.db.updateTable('risk_rule').set({ is_on: true, position: 9999 }).where('id', '=', id).execute();
  expect(await names()).toEqual(['Everything else', 'New']);
  await world.db.updateTable('risk_rule').set({ deleted_at: new Date() }).where('id', '=', id).execute();
  expect(await names()).toEqual(['Everything else']);
});

test('a change that is not committed is seen where it was made, and nowhere when it was undone', async () => {
  const undone = new Error('undone');
  const change = world.db.transaction().execute(async (tx) => {
    await addRule(tx, 'Never');
    expect(await names(tx)).toEqual(['Never', 'Everything else']);
    expect(await names()).toEqual(['Everything else']);
    throw undone;
  });
  await expect(change).rejects.toBe(undone);
  expect(await names()).toEqual(['Everything else']);
});

test('no rules at all are known to be none', async () => {
  await world.db.updateTable('risk_rule').set({ is_on: false }).where('source', '=', 'export').execute();
  expect(await rulesInForce(world.db, 'export')).toEqual([]);
});
