import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  ada,
  addPerson,
  type Browser,
  createIdentityWorld,
  type IdentityWorld,
  refusalOf,
  registerAda,
  succeed,
} from './identity-test-kit.ts';
import { mostFailures, networkOf, waitBefore } from './sign-in-limits.ts';

let world: IdentityWorld;
let admin: Browser;

beforeAll(async () => {
  world = await createIdentityWorld();
  admin = await registerAda(world);
});
afterAll(() => world.close());
beforeEach(async () => {
  await world.store.db.deleteFrom('sign_in_attempt').execute();
  world.waits.length = 0;
});

const wrong = { email: ada.email, password: 'wrong horse battery' };
const right = { email: ada.email, password: ada.password };

describe('signing in', () => {
  test('works with the right password, whatever the case of the e-mail, and says who is there', async () => {
    const browser = world.browser();
    const answer = await succeed(browser.call('POST /sign-in', { body: { ...right, email: ' ADA@Example.test ' } }));
    expect(answer.body).toMatchObject({ person: { name: 'Ada' }, returnTo: null, mustChangePassword: false });
    expect(answer.body.roles).toContain('workspace_admin');
    expect(answer.body.warnings).toHaveLength(1);
    expect((await browser.call('GET /me')).status).toBe(200);
  });

  test.each([
    ['a wrong password', wrong],
    ['an unknown e-mail', { ...right, email: 'nobody@example.test' }],
    ['something that is no e-mail', { ...right, email: 'ada' }],
  ])('with %s is refused with auth.failed, in the same words, without a cookie', async (_name, credentials) => {
    const browser = world.browser();
    const answer = await browser.call('POST /sign-in', { body: credentials });
    expect([answer.status, answer.problem?.code, answer.problem?.detail]).toEqual([
      401,
      'auth.failed',
      'E-mail or password is wrong.',
    ]);
    expect(browser.cookie).toBeNull();
    const last = (await world.record()).at(-1);
    expect(last).toMatchObject({ kind: 'auth.sign_in_failed', actorId: null });
    expect(JSON.stringify(last)).not.toContain(credentials.password);
  });

  test('takes as long for an unknown e-mail as for a wrong password', async () => {
    // Of the processor: a busy machine makes one of them wait and not the other.
    const timeOf = async (email: string): Promise<number> => {
      await world.store.db.deleteFrom('sign_in_attempt').execute();
      const before = process.cpuUsage();
      await world.browser().call('POST /sign-in', { body: { email, password: 'wrong horse battery' } });
      const { user, system } = process.cpuUsage(before);
      return user + system;
    };
    await timeOf('warm-up@example.test');
    const ratios: number[] = [];
    for (let run = 0; run < 9; run += 1) ratios.push((await timeOf('nobody@example.test')) / (await timeOf(ada.email)));
    const ratio = ratios.sort((left, right) => left - right)[4];
    // Without the decoy it would be a small fraction.
    expect(ratio).toBeGreaterThan(0.5);
    expect(ratio).toBeLessThan(2);
  });

  test('always makes a new id: what a browser brought along never becomes a sign-in', async () => {
    const browser = world.browser();
    await succeed(browser.call('POST /sign-in', { body: right }));
    const before = browser.cookie;
    await succeed(browser.call('POST /sign-in', { body: right }));
    expect(browser.cookie).not.toBe(before);
    const former = await world.app.inject({ url: '/api/v1/me', cookies: { tidegate_sign_in: before ?? '' } });
    expect(former.json().code).toBe('auth.required');
  });

  test('gives a cookie that scripts and other sites cannot use', async () => {
    const answer = await world.app.inject({
      method: 'POST',
      url: '/api/v1/sign-in',
      headers: { 'sec-fetch-site': 'same-origin' },
      payload: right,
    });
    expect(answer.cookies[0]).toMatchObject({ httpOnly: true, sameSite: 'Lax', path: '/', maxAge: 604_800 });
  });

  test('keeps only a hash of the id in the store', async () => {
    const browser = world.browser();
    await succeed(browser.call('POST /sign-in', { body: right }));
    const rows = await world.store.db.selectFrom('sign_in').selectAll().execute();
    expect(JSON.stringify(rows)).not.toContain(browser.cookie);
  });
});

describe('guessing', () => {
  const attempt = (address: string, credentials = wrong) =>
    refusalOf(world.browser(address).call('POST /sign-in', { body: credentials }));

  test('is stopped for the account at that address, also with the right password, and elsewhere not', async () => {
    for (let count = 0; count < mostFailures.byAccountAtAddress; count += 1) {
      expect(await attempt('192.0.2.7')).toBe('auth.failed');
    }
    const stopped = await world.browser('192.0.2.7').call('POST /sign-in', { body: right });
    expect([stopped.status, stopped.problem?.code]).toEqual([429, 'auth.too_many_attempts']);
    expect(stopped.problem?.details['retryAfterSeconds']).toBeGreaterThan(800);
    expect(await attempt('192.0.2.7', right)).toBe('auth.too_many_attempts');
    const events = (await world.record()).filter((event) => event.kind === 'auth.sign_in_stopped');
    expect(events).toHaveLength(1);
    expect(await attempt('192.0.2.8', right)).toBe('none');
  });

  test('an unknown account is stopped just the same', async () => {
    const nobody = { email: 'nobody@example.test', password: 'wrong horse battery' };
    const answers: string[] = [];
    for (let count = 0; count <= mostFailures.byAccountAtAddress; count += 1) {
      answers.push(await attempt('192.0.2.9', nobody));
    }
    expect(answers).toEqual([...Array(mostFailures.byAccountAtAddress).fill('auth.failed'), 'auth.too_many_attempts']);
  });

  test('many at once do not slip through', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => attempt('192.0.2.10')));
    expect(answers.filter((code) => code === 'auth.failed')).toHaveLength(mostFailures.byAccountAtAddress);
  });

  test('over many accounts is stopped for the address', async () => {
    const answers: string[] = [];
    for (let count = 0; count <= mostFailures.byAddress; count += 1) {
      answers.push(await attempt('192.0.2.11', { ...wrong, email: `guess${count}@example.test` }));
    }
    expect(answers.at(-2)).toBe('auth.failed');
    expect(answers.at(-1)).toBe('auth.too_many_attempts');
  });

  test('makes each further attempt on the account wait longer', async () => {
    for (let count = 0; count < 5; count += 1) await attempt(`192.0.2.${20 + count}`);
    expect(world.waits).toEqual([250, 500]);
    expect([1, 3, 4, 5, 6, 7, 8, 40].map(waitBefore)).toEqual([0, 0, 250, 500, 1000, 2000, 4000, 4000]);
  });

  test('is forgotten after the right password', async () => {
    for (let count = 0; count < 4; count += 1) await attempt('192.0.2.30');
    expect(await attempt('192.0.2.30', right)).toBe('none');
    expect(await attempt('192.0.2.30')).toBe('auth.failed');
    expect(await attempt('192.0.2.30', right)).toBe('none');
  });

  test('cannot hide in the addresses of one network', () => {
    expect(networkOf('2001:db8:1:2:aaaa::1')).toBe(networkOf('2001:DB8:1:2:0:ffff::9'));
    expect(networkOf('2001:db8:1:3::1')).not.toBe(networkOf('2001:db8:1:2::1'));
    expect(networkOf('::ffff:192.0.2.1')).toBe('192.0.2.1');
    expect(networkOf('::1')).toBe('0:0:0:0::/64');
  });
});

describe('a sign-in ends', () => {
  const age = (browser: Browser, change: string) =>
    world.store.pool.query(
      `update sign_in set ${change} where person_id = (
      select id from person where email = '${ada.email}') and $1::text is not null`,
      [browser.cookie],
    );

  test.each([
    ['after 12 idle hours', `last_seen_at = clock_timestamp() - interval '12 hours 1 second'`],
    ['after 7 days at most', 'expires_at = clock_timestamp()'],
  ])('%s, with auth.required', async (_name, change) => {
    const browser = world.browser();
    await succeed(browser.call('POST /sign-in', { body: right }));
    await age(browser, change);
    expect(await refusalOf(browser.call('GET /me'))).toBe('auth.required');
    admin = world.browser();
    await succeed(admin.call('POST /sign-in', { body: right }));
  });

  test('by signing out', async () => {
    const browser = world.browser();
    await succeed(browser.call('POST /sign-in', { body: right }));
    const cookie = browser.cookie ?? '';
    await succeed(browser.call('POST /sign-out'));
    expect(browser.cookie).toBeNull();
    const answer = await world.app.inject({ url: '/api/v1/me', cookies: { tidegate_sign_in: cookie } });
    expect(answer.json().code).toBe('auth.required');
  });

  test('in open pages at once: the event stream ends with it', async () => {
    const browser = world.browser();
    await succeed(browser.call('POST /sign-in', { body: right }));
    const address = await world.app.listen({ port: 0, host: '127.0.0.1' });
    const headers = { cookie: `tidegate_sign_in=${browser.cookie}` };
    const stream = await fetch(`${address}/api/v1/events`, { headers });
    expect(stream.status).toBe(200);
    await succeed(browser.call('POST /sign-out'));
    // Resolves because the server ends it.
    expect(await stream.text()).toContain('event: clock');
    expect((await fetch(`${address}/api/v1/events`, { headers })).status).toBe(401);
  });

  test('everywhere by signing out everywhere', async () => {
    const grace = await addPerson(world, admin, 'Grace');
    const other = world.browser();
    await succeed(other.call('POST /sign-in', { body: grace }));
    await succeed(grace.browser.call('POST /sign-out-everywhere'));
    expect(await refusalOf(other.call('GET /me'))).toBe('auth.required');
    expect((await admin.call('GET /me')).status).toBe(200);
  });

  test('elsewhere by a new password, which needs the current one', async () => {
    const ida = await addPerson(world, admin, 'Ida');
    const other = world.browser();
    await succeed(other.call('POST /sign-in', { body: ida }));
    const change = (current: string, next: string) =>
      ida.browser.call('POST /me/password', { body: { current, next } });
    expect(await refusalOf(change('not the password', 'another password'))).toBe('auth.failed');
    expect(await refusalOf(change(ida.password, 'short'))).toBe('request.invalid');
    expect(await refusalOf(change(ida.password, ida.password))).toBe('request.invalid');
    await succeed(change(ida.password, 'another password'));
    expect(await refusalOf(other.call('GET /me'))).toBe('auth.required');
    expect((await ida.browser.call('GET /me')).status).toBe(200);
    expect(await refusalOf(world.browser().call('POST /sign-in', { body: ida }))).toBe('auth.failed');
  });
});

describe('a first password', () => {
  test('opens nothing but choosing an own one', async () => {
    const first = { email: 'lin@example.test', password: 'first password' };
    await succeed(
      admin.call('POST /people', { body: { name: 'Lin', email: first.email, firstPassword: first.password } }),
    );
    const browser = world.browser();
    expect((await succeed(browser.call('POST /sign-in', { body: first }))).body.mustChangePassword).toBe(true);
    expect(await refusalOf(browser.call('GET /roles'))).toBe('auth.password_change_required');
    await succeed(browser.call('POST /me/password', { body: { current: first.password, next: 'my own password' } }));
    expect((await browser.call('GET /roles')).status).toBe(200);
  });
});
