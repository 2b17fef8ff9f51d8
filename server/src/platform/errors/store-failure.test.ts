import { createServer } from 'node:net';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestStore, type TestStore } from '../store/test-store.ts';
import { isStoreUnavailable } from './store-failure.ts';

let store: TestStore;
beforeAll(async () => {
  store = await createTestStore();
});
afterAll(() => store.close());

const faultOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => {
      throw new Error('it did not fail');
    },
    (error: unknown) => error,
  );
const connect = (config: pg.ClientConfig) => faultOf(new pg.Client(config).connect());

describe('the store is away', () => {
  test('when nobody listens', async () => {
    expect(isStoreUnavailable(await connect({ host: '127.0.0.1', port: 1 }))).toBe(true);
    expect(isStoreUnavailable(await connect({ host: '/nowhere', port: 5432 }))).toBe(true);
  });

  test('when it hangs up', async () => {
    const rude = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => rude.listen(0, '127.0.0.1', resolve));
    const { port } = rude.address() as { port: number };
    expect(isStoreUnavailable(await connect({ host: '127.0.0.1', port }))).toBe(true);
    rude.close();
  });

  test('when an operator ends the connection in the middle of a statement', async () => {
    const client = new pg.Client({ connectionString: store.url });
    client.on('error', () => {});
    await client.connect();
    const { rows } = await client.query('select pg_backend_pid() as pid');
    const running = faultOf(client.query('select pg_sleep(60)'));
    await store.pool.query('select pg_terminate_backend($1)', [rows[0].pid]);
    expect(isStoreUnavailable(await running)).toBe(true);
  });
});

describe('the store is there', () => {
  test('when it refuses something', async () => {
    for (const statement of ['select 1/0', 'select * from nothing', `insert into setting values ('x', null)`]) {
      expect(isStoreUnavailable(await faultOf(store.pool.query(statement)))).toBe(false);
    }
  });

  test('when a file is missing', () => {
    const missing = Object.assign(new Error('no such file'), { code: 'ENOENT', syscall: 'open' });
    expect(isStoreUnavailable(missing)).toBe(false);
  });
});
