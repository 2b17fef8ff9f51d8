import {
  type PoolerOptions,
  startPgBouncer,
  startPgpool,
  startPostgresProxy,
  type TestPooler,
} from '@tidegate/test-servers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EngineFixture } from '../suite/engine-fixture.ts';
import { startPostgresFixture } from './postgres-fixture.ts';

const prefix = 'tg_pool_test_';
const superuser = { user: 'postgres', password: 'postgres-of-this-test' };

let fixture: EngineFixture;
let known: PoolerOptions;

beforeAll(async () => {
  fixture = await startPostgresFixture(15);
  await fixture.createDatabase('shop');
  await fixture.owner('shop', 'create table item (id int)');
  const { host, port, user, password } = fixture.target;
  known = { server: { host, port }, users: [{ user, password: await password() }, superuser] };
});

afterAll(() => fixture.stop());

/** What the form says of the address, and what the capability check of an instance that has it already. */
async function seen(pooler: TestPooler) {
  const target = { ...fixture.target, host: pooler.host, port: pooler.port };
  const probe = await fixture.engine.probe(target);
  const admin = fixture.engine.admin(target);
  const report = await admin.checkCapabilities(prefix, ['shop']).catch((error: Error) => error.message);
  await Promise.all([admin.close(), pooler.stop()]);
  return { probe, report };
}

const leftOver = () => fixture.superuser('', `select rolname from pg_roles where rolname like '${prefix}%'`);

describe('a pooler between Tidegate and the server', () => {
  const refusedAsIs = { ok: false, error: { kind: 'not_supported', hint: expect.stringContaining('own address') } };

  it('is known by the settings that it does not take', async () => {
    const { probe } = await seen(await startPgBouncer(known));
    expect(probe).toMatchObject(refusedAsIs);
    expect(probe).toMatchObject({ error: { message: expect.stringMatching(/^PgBouncer stands between/) } });
  });

  it.each(['session', 'transaction', 'statement'])(
    'is known by the number of the session though it takes everything and lets everybody in: pooling by %s',
    async (mode) => {
      const settings = { ignore_startup_parameters: 'options', auth_user: superuser.user, pool_mode: mode };
      const { probe, report } = await seen(await startPgBouncer({ ...known, settings }));
      expect(probe).toMatchObject(refusedAsIs);
      expect(report).toMatch(/stands between Tidegate and the server/);
      expect(await leftOver()).toEqual([]);
    },
  );

  it('that passes the numbers on is known by not letting in the account of the capability check', async () => {
    const { report } = await seen(await startPgpool(known));
    expect(report).toMatchObject({
      canMakeAccounts: false,
      findings: expect.arrayContaining([
        expect.objectContaining({
          severity: 'blocking',
          message: expect.stringMatching(/Pgpool-II at 127\.0\.0\.1:\d+ does not let in an account.*own address/s),
        }),
      ]),
    });
    expect(await leftOver()).toEqual([]);
  });

  it('is known as RDS Proxy, also under a name of one’s own, by its refusal of that account', async () => {
    const proxy = await startPostgresProxy({ server: fixture.target, users: [fixture.target.user] });
    const { probe, report } = await seen(proxy);
    expect(probe).toMatchObject({ ok: true });
    expect(report).toMatchObject({
      canMakeAccounts: false,
      findings: expect.arrayContaining([
        expect.objectContaining({
          severity: 'blocking',
          message: expect.stringMatching(/RDS Proxy at 127\.0\.0\.1:\d+ does not let in.*endpoint of the cluster/s),
        }),
      ]),
    });
    expect(await leftOver()).toEqual([]);
  });

  it('is not taken for one where the server answers itself', async () => {
    expect(await fixture.engine.probe(fixture.target)).toMatchObject({ ok: true });
  });
});
