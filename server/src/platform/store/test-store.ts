import { tmpdir } from 'node:os';
import { uniqueName, useServer } from '@tidegate/test-servers';
import pg from 'pg';
import { createLog } from '../log/log.ts';
import { openStore, type Store } from './open-store.ts';

/** For tests: the product's store on a database of its own on the shared test server, as its superuser. */
export interface TestStore extends Store {
  readonly url: string;
  /** Closes and drops it. */
  close(): Promise<void>;
}

export async function createTestStore(): Promise<TestStore> {
  const server = await useServer('postgres15');
  const name = uniqueName('store');
  const url = new URL(`postgres://${server.host}:${server.port}/postgres`);
  url.username = server.superuser.user;
  url.password = server.superuser.password;
  const adminUrl = url.href;
  const runAsOwner = async (text: string): Promise<void> => {
    const client = new pg.Client({ connectionString: adminUrl });
    await client.connect();
    await client.query(text);
    await client.end();
  };
  await runAsOwner(`create database ${name}`);
  url.pathname = `/${name}`;
  const store = await openStore({ dataFolder: tmpdir(), pgUrl: url.href }, createLog({ level: 'silent' }));
  return {
    ...store,
    url: url.href,
    async close() {
      await store.close();
      await runAsOwner(`drop database ${name} with (force)`);
    },
  };
}
