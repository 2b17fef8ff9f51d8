import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createLog } from '../log/log.ts';
import { createTestStore, type TestStore } from '../store/test-store.ts';
import type { Change, ChangeFeed } from './change-feed.ts';
import { createStoreChangeFeed } from './store-change-feed.ts';

let store: TestStore;
let here: ChangeFeed;
let there: ChangeFeed;

beforeAll(async () => {
  store = await createTestStore();
  const log = createLog({ level: 'silent' });
  here = createStoreChangeFeed(store, log);
  there = createStoreChangeFeed(store, log);
});
afterAll(() => store.close());

/** Collects until the change that the test sends last. */
function hear(feed: ChangeFeed): Promise<Change[]> {
  const heard: Change[] = [];
  return new Promise((resolve) => {
    const stop = feed.subscribe((change) => {
      heard.push(change);
      if (change.event.id !== 'last') return;
      stop();
      resolve(heard);
    });
  });
}
const change = (id: string, personIds: readonly string[] = []): Change => ({
  event: { topic: 'grant', id, projectId: null },
  audience: { personIds, projectId: 'tide' },
});
const publish = (...changes: readonly Change[]) =>
  store.db.transaction().execute(async (tx) => {
    for (const each of changes) await here.publish(tx, each);
  });

describe('changes', () => {
  test('reach every server process, once they are committed', async () => {
    const heard = Promise.all([hear(here), hear(there)]);
    const undone = store.db.transaction().execute(async (tx) => {
      await here.publish(tx, change('undone'));
      throw new Error('undone');
    });
    await expect(undone).rejects.toThrow('undone');
    await publish(change('1'), change('last'));
    for (const changes of await heard) expect(changes).toEqual([change('1'), change('last')]);
  });

  test('for more people than one notification holds reach all of them, and the project once', async () => {
    const personIds = Array.from({ length: 1000 }, () => randomUUID());
    const heard = hear(there);
    await publish(change('many', personIds), change('last'));
    const parts = (await heard).filter((each) => each.event.id === 'many');
    expect(parts.flatMap((part) => part.audience.personIds)).toEqual(personIds);
    expect(parts.filter((part) => part.audience.projectId === 'tide')).toHaveLength(1);
  });

  test('that a listener fails on still reach the others, and what cannot be read harms nobody', async () => {
    const stop = here.subscribe(() => {
      throw new Error('this listener is broken');
    });
    const heard = hear(here);
    await store.pool.query(`select pg_notify('tidegate_change', '{broken')`);
    await publish(change('last'));
    expect(await heard).toEqual([change('last')]);
    stop();
  });
});
