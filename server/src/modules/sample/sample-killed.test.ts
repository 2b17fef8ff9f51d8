import { rm } from 'node:fs/promises';
import { startTidegate } from '@tidegate/test-servers';
import { describe, expect, it } from 'vitest';
import { hasCluster, makeDataFolder, registered, samplesAre, signedIn, until } from './sample-test-kit.ts';

type Api = Awaited<ReturnType<typeof registered>>;

const countInstances = async (api: Api) => (await api.call('GET /instances', { query: {} })).total;
const moments: [string, (api: Api, dataDir: string) => Promise<boolean>][] = [
  ['at once', async () => true],
  ['when a cluster has its folder', (_api, dataDir) => hasCluster(dataDir, 'hr_prod')],
  ['when an instance is registered', async (api) => (await countInstances(api)) > 0],
  ['when a database is named', async (api) => (await api.call('GET /databases', { query: {} })).total > 0],
  ['when the project is there', async (api) => (await api.call('GET /projects', { query: {} })).total > 0],
];

describe('a server that is killed while it makes the samples', () => {
  it.each(moments)('%s, finishes them at its next start', async (_when, hasCome) => {
    const dataDir = await makeDataFolder();
    const first = await startTidegate({ dataDir });
    const api = await registered(first, true);
    await until('the moment', async () => ((await hasCome(api, dataDir)) ? true : undefined));
    await first.kill();

    const second = await startTidegate({ dataDir });
    const again = await signedIn(second);
    await samplesAre(again, 'ready');
    expect(await countInstances(again)).toBe(2);
    const databases = await again.call('GET /databases', { query: {} });
    expect(databases.items.map(({ name, tables }) => [name, tables])).toEqual([
      ['hr_prod', 8],
      ['hr_test', 8],
    ]);
    await second.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  it('while it removes them, finishes removing at its next start', async () => {
    const dataDir = await makeDataFolder();
    const first = await startTidegate({ dataDir });
    const api = await registered(first, true);
    await samplesAre(api, 'ready');
    await api.call('DELETE /samples', {});
    await until('one gone', async () => ((await countInstances(api)) < 2 ? true : undefined));
    await first.kill();

    const second = await startTidegate({ dataDir });
    const again = await signedIn(second);
    await samplesAre(again, 'absent');
    expect(await countInstances(again)).toBe(0);
    expect(await hasCluster(dataDir, 'hr_prod')).toBe(false);
    await second.stop();
    await rm(dataDir, { recursive: true, force: true });
  });
});
