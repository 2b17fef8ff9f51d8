import { type MySqlProxyOptions, startMySqlProxy } from '@tidegate/test-servers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EngineFixture } from '../suite/engine-fixture.ts';
import { startFixture } from './mysql-fixture.ts';

const prefix = 'tg_pool_test_';

describe.each(['mariadb', 'mysql'] as const)('a proxy between Tidegate and %s', (kind) => {
  let fixture: EngineFixture;

  beforeAll(async () => {
    fixture = await startFixture(kind, 'equipped');
    await fixture.createDatabase('shop');
    await fixture.superuser('shop', 'CREATE TABLE item (id INT)');
  });

  afterAll(() => fixture.stop());

  async function seen(options: Omit<MySqlProxyOptions, 'server'>) {
    const proxy = await startMySqlProxy({ server: fixture.target, ...options });
    const target = { ...fixture.target, host: proxy.host, port: proxy.port };
    const probe = await fixture.engine.probe(target);
    const admin = fixture.engine.admin(target);
    const report = await admin.checkCapabilities(prefix, ['shop']).catch((error: Error) => error.message);
    await admin.close();
    await proxy.stop();
    return { probe, report };
  }

  const leftOver = () => fixture.superuser('', `SELECT user FROM mysql.user WHERE user LIKE '${prefix}%'`);

  it('is known by the number that it gives the session', async () => {
    const { probe, report } = await seen({ numbersSessions: true });
    expect(probe).toMatchObject({
      ok: false,
      error: { kind: 'not_supported', hint: expect.stringContaining('own address') },
    });
    expect(report).toMatch(/stands between Tidegate and the server/);
  });

  it('that passes the numbers on is known by not letting in the account of the capability check', async () => {
    const { probe, report } = await seen({ users: [fixture.target.user] });
    expect(probe).toMatchObject({ ok: true });
    expect(report).toMatchObject({
      canMakeAccounts: false,
      findings: expect.arrayContaining([
        expect.objectContaining({
          severity: 'blocking',
          message: expect.stringMatching(/ProxySQL at 127\.0\.0\.1:\d+ does not let in an account.*own address/s),
        }),
      ]),
    });
    expect(await leftOver()).toEqual([]);
  });

  it('is not seen where one is that only passes on', async () => {
    const { probe, report } = await seen({});
    expect(probe).toMatchObject({ ok: true });
    expect(report).toMatchObject({ canMakeAccounts: true });
  });
});
