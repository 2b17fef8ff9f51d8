import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  ada,
  type Browser,
  createIdentityWorld,
  type IdentityWorld,
  refusalOf,
  registerAda,
  succeed,
} from './identity-test-kit.ts';

let world: IdentityWorld;

beforeEach(async () => {
  world = await createIdentityWorld();
});
afterEach(() => world.close());

const invite = async (admin: Browser, name: string): Promise<{ token: string; personId: string }> => {
  const added = await succeed(
    admin.call('POST /people', { body: { name, email: `${name.toLowerCase()}@example.test` } }),
  );
  expect(added.body.person.state).toBe('invited');
  return { token: tokenIn(added.body.invitationUrl), personId: added.body.person.id };
};
const tokenIn = (url: string | null): string => url?.split('/invitations/')[1] ?? '';
const accept = (browser: Browser, token: string) =>
  browser.call('POST /invitations/:token/accept', { params: { token }, body: { password: 'my own password' } });

describe('the first registration', () => {
  test('makes the Workspace Admin, signs in and closes the door', async () => {
    const browser = world.browser();
    expect((await browser.call('GET /setup')).body.isRegistrationOpen).toBe(true);
    const answer = await browser.call('POST /register', { body: ada });
    expect([answer.status, answer.body.roles]).toEqual([201, expect.arrayContaining(['workspace_admin'])]);
    expect((await browser.call('GET /me')).status).toBe(200);
    expect((await browser.call('GET /setup')).body.isRegistrationOpen).toBe(false);
    expect(
      await refusalOf(world.browser().call('POST /register', { body: { ...ada, email: 'eve@example.test' } })),
    ).toBe('setup.closed');
    expect((await world.record()).map((event) => event.kind)).toEqual(['audit.chain_started', 'person.registered']);
  });

  test('is won by one of many at once; the others are refused with setup.closed', async () => {
    const registrations = Array.from({ length: 8 }, (_unused, index) =>
      refusalOf(world.browser().call('POST /register', { body: { ...ada, email: `ada${index}@example.test` } })),
    );
    const answers = await Promise.all(registrations);
    expect(answers.sort()).toEqual(['none', ...Array(7).fill('setup.closed')]);
    expect(await world.store.db.selectFrom('person').selectAll().execute()).toHaveLength(1);
  });
});

describe('an invitation', () => {
  test('shows whom it is for, lets that person choose a password, and works once', async () => {
    const { token } = await invite(await registerAda(world), 'Grace');
    const shown = await world.browser().call('GET /invitations/:token', { params: { token } });
    expect(shown.body).toMatchObject({ name: 'Grace', email: 'grace@example.test' });
    const grace = world.browser();
    expect((await succeed(accept(grace, token))).body).toMatchObject({
      person: { name: 'Grace' },
      mustChangePassword: false,
      roles: ['workspace_member'],
    });
    expect(await refusalOf(accept(world.browser(), token))).toBe('invitation.invalid');
    expect(await refusalOf(world.browser().call('GET /invitations/:token', { params: { token } }))).toBe(
      'invitation.invalid',
    );
    expect((await world.record()).at(-1)).toMatchObject({ kind: 'invitation.accepted' });
  });

  test('accepted by two at once lets one in', async () => {
    const { token } = await invite(await registerAda(world), 'Grace');
    const answers = await Promise.all([1, 2, 3].map(() => refusalOf(accept(world.browser(), token))));
    expect(answers.sort()).toEqual(['invitation.invalid', 'invitation.invalid', 'none']);
  });

  test('is replaced by a newer one', async () => {
    const admin = await registerAda(world);
    const { token, personId } = await invite(admin, 'Grace');
    const newer = await succeed(admin.call('POST /people/:personId/invitation', { params: { personId } }));
    expect(await refusalOf(accept(world.browser(), token))).toBe('invitation.invalid');
    expect(await refusalOf(accept(world.browser(), tokenIn(newer.body.invitationUrl)))).toBe('none');
  });

  test.each([
    ['after seven days', `update invitation set expires_at = clock_timestamp()`],
    ['when its person was deactivated', `update person set state = 'deactivated' where name = 'Grace'`],
  ])('is worth nothing %s', async (_name, statement) => {
    const { token } = await invite(await registerAda(world), 'Grace');
    await world.store.pool.query(statement);
    expect(await refusalOf(accept(world.browser(), token))).toBe('invitation.invalid');
  });

  test('for a person who has a password ends his sign-ins when it is accepted', async () => {
    const admin = await registerAda(world);
    const { token, personId } = await invite(admin, 'Grace');
    const grace = world.browser();
    await succeed(accept(grace, token));
    const again = await succeed(admin.call('POST /people/:personId/invitation', { params: { personId } }));
    expect((await grace.call('GET /me')).status).toBe(200);
    await succeed(accept(world.browser(), tokenIn(again.body.invitationUrl)));
    expect(await refusalOf(grace.call('GET /me'))).toBe('auth.required');
  });

  test('is never stored or recorded as it is', async () => {
    const { token } = await invite(await registerAda(world), 'Grace');
    const stored = await world.store.db.selectFrom('invitation').selectAll().execute();
    expect(JSON.stringify([stored, await world.record()])).not.toContain(token);
  });
});

describe('continuing as dev', () => {
  const addSamplePerson = () =>
    world.store.db.insertInto('person').values({ name: 'dev', email: 'dev@example.test', is_sample: true }).execute();

  test('goes there and back, with new ids, and both are recorded', async () => {
    const admin = await registerAda(world);
    expect(await refusalOf(admin.call('POST /me/continue-as-dev'))).toBe('sample.absent');
    await addSamplePerson();
    expect((await admin.call('GET /me')).body.samples).toEqual({ exist: true, canContinueAsDev: true });
    const own = admin.cookie;
    const asDev = await succeed(admin.call('POST /me/continue-as-dev'));
    expect(asDev.body).toMatchObject({ person: { name: 'dev' }, returnTo: { name: 'Ada' }, warnings: [] });
    expect(asDev.body.roles).toEqual(['workspace_member']);
    expect(await refusalOf(admin.call('GET /people'))).toBe('auth.forbidden');
    expect(await refusalOf(admin.call('POST /me/continue-as-dev'))).toBe('auth.forbidden');
    const back = await succeed(admin.call('POST /me/return'));
    expect(back.body).toMatchObject({ person: { name: 'Ada' }, returnTo: null });
    expect(admin.cookie).not.toBe(own);
    expect(await refusalOf(admin.call('POST /me/return'))).toBe('object.conflict');
    const kinds = (await world.record()).map((event) => event.kind);
    expect(kinds).toEqual(expect.arrayContaining(['auth.continued_as_dev', 'auth.returned_from_dev']));
  });

  test('does not last longer than the sign-in it came from, and ends with the administrator', async () => {
    const admin = await registerAda(world);
    await addSamplePerson();
    await world.store.pool.query(`update sign_in set expires_at = '2999-01-01'`);
    await succeed(admin.call('POST /me/continue-as-dev'));
    const rows = await world.store.db.selectFrom('sign_in').selectAll().execute();
    expect(rows.map((row) => row.expires_at.getUTCFullYear())).toEqual([2999]);
    await world.store.pool.query(`update person set state = 'deactivated' where name = 'Ada'`);
    expect(await refusalOf(admin.call('GET /me'))).toBe('auth.required');
  });

  test('names the administrator in the record of what is done there', async () => {
    const admin = await registerAda(world);
    await addSamplePerson();
    await succeed(admin.call('POST /me/continue-as-dev'));
    expect(await refusalOf(admin.call('POST /me/password', { body: { current: 'x', next: 'another password' } }))).toBe(
      'auth.forbidden',
    );
    await succeed(admin.call('POST /me/return'));
    const page = await succeed(admin.call('GET /audit-events', { query: { kind: 'auth.returned_from_dev' } }));
    expect(page.body.items[0]).toMatchObject({ actor: { name: 'dev' }, onBehalfOf: { name: 'Ada' } });
    expect(page.body.items[0]?.sentence).toBe('Ada (as dev) went back to being oneself.');
  });
});
