import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { ApiClient, type RunningTidegate } from '@tidegate/test-servers';
import { Client } from 'pg';

export const administrator = { name: 'Ada', email: 'ada@example.test', password: 'a long enough password' };

export async function makeDataFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tidegate-samples-'));
  // As root the servers run as another user, who must be able to enter.
  await chmod(folder, 0o711);
  return folder;
}

/** Looks until the condition holds; what it last saw is in the error when it never does. */
export async function until<T>(what: string, look: () => Promise<T | undefined>, withinMs = 60_000): Promise<T> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > deadline) throw new Error(`${what} did not come about within ${withinMs / 1000} s`);
    await pause(10);
  }
}

export async function samplesAre(api: ApiClient, state: 'absent' | 'ready' | 'failed'): Promise<void> {
  await until(`the samples being ${state}`, async () => {
    const status = await api.call('GET /samples', {});
    if (status.state === 'failed' && state !== 'failed') throw new Error(`the samples failed: ${status.message}`);
    return status.state === state ? true : undefined;
  });
}

export async function registered(tidegate: RunningTidegate, withSamples: boolean): Promise<ApiClient> {
  const api = new ApiClient(tidegate.url);
  await api.call('POST /register', { body: { ...administrator, withSamples } });
  return api;
}

export async function signedIn(tidegate: RunningTidegate): Promise<ApiClient> {
  const api = new ApiClient(tidegate.url);
  const { email, password } = administrator;
  await api.call('POST /sign-in', { body: { email, password } });
  return api;
}

/** Asks a sample cluster as its superuser, who comes in over the socket only. */
export async function atCluster<T extends object>(dataDir: string, name: string, text: string): Promise<T[]> {
  const samples = join(dataDir, 'samples');
  const [id] = await readdir(samples);
  const folder = join(samples, id ?? '', name, 'run');
  const socket = (await readdir(folder)).find((file) => /^\.s\.PGSQL\.\d+$/.test(file)) ?? '';
  const port = Number(socket.split('.').at(-1));
  const client = new Client({ host: folder, port, user: 'tidegate', database: name });
  await client.connect();
  try {
    return (await client.query<T>(text)).rows;
  } finally {
    await client.end();
  }
}

/** Whether the cluster of this name has got as far as having a data folder. */
export async function hasCluster(dataDir: string, name: string): Promise<boolean> {
  const samples = join(dataDir, 'samples');
  if (!existsSync(samples)) return false;
  const [id] = await readdir(samples);
  return id !== undefined && existsSync(join(samples, id, name, 'data', 'PG_VERSION'));
}
