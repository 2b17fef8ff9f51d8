import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createTestStore, type TestStore } from '../platform/store/test-store.ts';
import { RestoreWatch } from './restore-watch.ts';

let store: TestStore;
let folder: string;

beforeAll(async () => {
  store = await createTestStore();
});
afterAll(() => store.close());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidegate-restore-'));
  await store.db.deleteFrom('setting').execute();
  return () => rm(folder, { recursive: true, force: true });
});

const start = (installation = 'ab12', dataFolder = folder) =>
  new RestoreWatch({ db: store.db, installation, dataFolder });
const backup = () => store.db.selectFrom('setting').selectAll().execute();
const restore = async (rows: Awaited<ReturnType<typeof backup>>) => {
  await store.db.deleteFrom('setting').execute();
  for (const { key, value } of rows) {
    await store.db
      .insertInto('setting')
      .values({ key, value: JSON.stringify(value) })
      .execute();
  }
};

describe('a store that comes back', () => {
  test('from a stop or a crash is the one that ran last', async () => {
    expect(await start().begin()).toBeNull();
    await start().count();
    expect(await start().begin()).toBeNull();
  });

  test('from a backup is older than the folder beside it, once', async () => {
    const first = start();
    await first.begin();
    const kept = await backup();
    await first.count();
    await restore(kept);
    expect(await start().begin()).toMatch(/older than when this server last ran/);
    expect(await start().begin()).toBeNull();
  });

  test('in another database or cluster says so', async () => {
    await start().begin();
    await store.db.updateTable('setting').set({ value: '"1/2"' }).where('key', '=', 'store_place').execute();
    expect(await start().begin()).toMatch(/lives in another database/);
  });

  test('is not judged by the folder of another installation, nor by one that cannot be read', async () => {
    await writeFile(join(folder, 'store-generation.json'), '{"installation":"zz99","generation":1000}');
    expect(await start().begin()).toBeNull();
    await writeFile(join(folder, 'store-generation.json'), 'half a fi');
    expect(await start().begin()).toBeNull();
    expect(await start('ab12', join(folder, 'store-generation.json', 'below')).begin()).toBeNull();
    expect(JSON.parse(await readFile(join(folder, 'store-generation.json'), 'utf8'))).toMatchObject({
      installation: 'ab12',
    });
  });
});
