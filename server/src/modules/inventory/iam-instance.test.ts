import { type RdsFront, type RdsServer, startRdsPostgres } from '@tidegate/test-servers';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createAwsIamMethod } from '../../connection-methods/aws-iam/aws-iam-method.ts';
import { testGround, testKeys } from '../../connection-methods/aws-iam/aws-iam-test-kit.ts';
import { passwordMethod } from '../../connection-methods/password-method.ts';
import { AwsKeys } from '../../platform/aws/aws-keys.ts';
import { openTestInventory, type TestInventory } from './inventory-test-kit.ts';

const ownKeys = { accessKeyId: 'AKIATIDEGATEINSTANCE', secretAccessKey: 'the-secret-key-of-one-instance' };
let rds: RdsServer<RdsFront>;
let kit: TestInventory;
let admin: string;
let environmentId: string;

beforeAll(async () => {
  const ground = testGround({ serverCredentials: async () => new AwsKeys(testKeys) });
  const methods = { password: passwordMethod, aws_iam: createAwsIamMethod(ground) };
  [rds, kit] = await Promise.all([
    startRdsPostgres({ credentials: [testKeys, ownKeys] }),
    openTestInventory({ connectTimeoutMs: 5_000 }, methods),
  ]);
  await rds.run('create role tidegate login createrole; grant rds_iam to tidegate');
  await rds.run('create database hr owner tidegate');
  await rds.run("create role by_password login createrole password 'a password'");
  admin = await kit.person('Ada', ['workspace_admin']);
  environmentId = (await kit.call(admin, 'GET /environments')).body.items[0].id;
}, 120_000);
afterAll(async () => {
  await kit.close();
  await rds.stop();
});
beforeEach(async () => {
  Object.assign(rds.front.behaviour, { tls: 'own', isAllowed: () => true });
  rds.front.seenTokens.length = 0;
  kit.signInChanges.length = 0;
  await kit.store.db.updateTable('instance').set({ server_identity: null }).execute();
});

/** Dialled as through a tunnel. */
function connection(changes: object = {}) {
  const { port, endpoint, ca } = rds.front;
  const awsIam = { region: endpoint.region, tokenHost: endpoint.host, tokenPort: endpoint.port };
  const method = { connectionMethod: 'aws_iam', awsIam, tlsCa: ca };
  return { engine: 'postgresql', host: '127.0.0.1', port, user: 'tidegate', ...method, ...changes };
}
const withKeys = (credentials: object = {}) => ({
  awsIam: { ...connection().awsIam, credentials: { kind: 'keys', ...ownKeys, ...credentials } },
});
async function register(title: string, changes: object = {}) {
  return await kit.call(admin, 'POST /instances', { body: { ...connection(changes), title, environmentId } });
}
async function columnsOf(id: string) {
  return await kit.store.db.selectFrom('instance').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
}
/** Everything that the store keeps, as text. */
async function wholeStore(): Promise<string> {
  const tables = await sql<{ name: string }>`select tablename as name from pg_tables where schemaname = 'tidegate'`
    .execute(kit.store.db)
    .then(({ rows }) => rows.map(({ name }) => name));
  const texts = await Promise.all(
    tables.map((name) => sql`select t::text as row from ${sql.table(`tidegate.${name}`)} t`.execute(kit.store.db)),
  );
  return JSON.stringify(texts.map(({ rows }) => rows));
}

describe('an instance that is connected by AWS RDS IAM', () => {
  it('is registered, read and shown without any secret, verified whatever TLS mode was asked for', async () => {
    const { status, body } = await register('Shop', { tlsMode: 'disable' });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      connectionMethod: 'aws_iam',
      tlsMode: 'verify-full',
      hasOwnCa: true,
      sync: { state: 'ok' },
      awsIam: {
        region: 'eu-central-1',
        isRegionGiven: true,
        tokenHost: rds.front.endpoint.host,
        credentials: { kind: 'server' },
        accountSignIn: 'password',
      },
    });
    expect(await columnsOf(body.id)).toMatchObject({ password_sealed: null, method_secret_sealed: null });
    expect(rds.front.seenTokens.length).toBeGreaterThan(0);
    expect(await wholeStore()).not.toContain('X-Amz');
  });

  it('keeps keys of its own sealed, and answers them to nobody', async () => {
    const { status, body } = await register('Keys', withKeys());
    expect(status).toBe(201);
    const listed = await kit.call(admin, 'GET /instances');
    expect(body.awsIam.credentials).toEqual({ kind: 'keys', accessKeyId: ownKeys.accessKeyId });
    expect(JSON.stringify([body, listed.body])).not.toContain(ownKeys.secretAccessKey);
    expect((await columnsOf(body.id)).method_secret_sealed).not.toBeNull();
    expect(await wholeStore()).not.toContain(ownKeys.secretAccessKey);
    expect(rds.front.seenTokens.at(-1)?.verdict).toEqual({ isAccepted: true, accessKeyId: ownKeys.accessKeyId });
  });

  it('uses a saved key only with its id and for the saved place', async () => {
    const { body } = await register('Kept', withKeys());
    const attempt = async (changes: object) => {
      const tried = { ...connection(changes), instanceId: body.id };
      return (await kit.call(admin, 'POST /instances/test', { body: tried })).body;
    };
    expect(await attempt(withKeys({ secretAccessKey: undefined }))).toMatchObject({ ok: true });
    const others = { secretAccessKey: undefined, accessKeyId: 'AKIASOMEBODYELSES001' };
    expect(await attempt(withKeys(others))).toMatchObject({ code: 'request.invalid' });
    const elsewhere = { ...withKeys({ secretAccessKey: undefined }), host: 'localhost' };
    expect(await attempt(elsewhere)).toMatchObject({ code: 'request.invalid' });
    expect(await attempt({ ...withKeys({ secretAccessKey: undefined }), tlsCa: null })).toMatchObject({
      code: 'request.invalid',
    });
  });

  it('is saved whole or not at all', async () => {
    const total = async () => (await kit.call(admin, 'GET /instances')).body.total;
    const before = await total();
    const wrongRegion = { awsIam: { ...connection().awsIam, region: 'us-east-1' } };
    expect((await register('Region', wrongRegion)).body).toMatchObject({
      code: 'instance.connection_failed',
      details: { kind: 'region_mismatch' },
    });
    rds.front.behaviour.isAllowed = () => false;
    expect((await register('Policy')).body).toMatchObject({ details: { kind: 'token_refused' } });
    expect((await register('Nothing', { awsIam: null })).body.code).toBe('request.invalid');
    expect((await register('Socket', { host: '/run' })).body.code).toBe('request.invalid');
    const noRegion = { awsIam: { region: null, tokenHost: null } };
    expect((await register('No region', noRegion)).body.code).toBe('request.invalid');
    expect(await total()).toBe(before);
  });

  it('leaves no password behind when it had one, and no key when it gets one', async () => {
    const byPassword = { connectionMethod: 'password', awsIam: null, user: 'by_password', password: 'a password' };
    const { body } = await register('Changing', { ...byPassword, tlsMode: 'require' });
    const path = `PATCH /instances/${body.id}`;
    const { awsIam } = withKeys();
    const toIam = { connectionMethod: 'aws_iam', user: 'tidegate', awsIam, tlsCa: rds.front.ca };
    expect((await kit.call(admin, path, { body: toIam })).body.connectionMethod).toBe('aws_iam');
    expect(await columnsOf(body.id)).toMatchObject({ password_sealed: null, connection_method: 'aws_iam' });
    expect((await kit.call(admin, path, { body: { connectionMethod: 'password' } })).body.code).toBe('request.invalid');
    const { awsIam: _, ...back } = byPassword;
    expect((await kit.call(admin, path, { body: back })).body).toMatchObject({
      connectionMethod: 'password',
      awsIam: null,
    });
    expect(await columnsOf(body.id)).toMatchObject({ method_secret_sealed: null, connection_settings: {} });
    expect(kit.signInChanges).toEqual([]);
  });

  it('tells when its accounts sign in otherwise, and only then', async () => {
    const { body } = await register('Accounts');
    const path = `PATCH /instances/${body.id}`;
    const { awsIam } = connection();
    await kit.call(admin, path, { body: { awsIam: { ...awsIam, accountSignIn: 'iam' } } });
    expect(kit.signInChanges).toEqual([body.id]);
    await kit.call(admin, path, { body: { title: 'Accounts again', user: 'tidegate' } });
    expect(kit.signInChanges).toEqual([body.id]);
    const { body: shown } = await kit.call(admin, `GET /instances/${body.id}`);
    expect(shown.awsIam.accountSignIn).toBe('iam');
  });

  it('has accounts by token only where its own user signs in by token', async () => {
    const byPassword = { connectionMethod: 'password', user: 'by_password', password: 'a password' };
    const awsIam = { ...connection().awsIam, accountSignIn: 'iam' };
    const refused = await register('Mixed', { ...byPassword, awsIam });
    expect(refused.body).toMatchObject({ code: 'request.invalid' });
    const { body } = await register('Tokens', { awsIam });
    const path = `PATCH /instances/${body.id}`;
    await kit.call(admin, path, { body: { ...byPassword, tlsMode: 'require' } });
    expect((await kit.call(admin, `GET /instances/${body.id}`)).body).toMatchObject({
      connectionMethod: 'password',
      awsIam: null,
    });
    expect(kit.signInChanges).toEqual([body.id]);
  });

  it('is not an RDS Proxy, and its token is not for a metadata service', async () => {
    const proxy = { host: 'front.proxy-c9akciq32.eu-central-1.rds.amazonaws.com', awsIam: { region: null } };
    const { body } = await kit.call(admin, 'POST /instances/test', { body: connection(proxy) });
    expect(body).toMatchObject({ ok: false, kind: 'not_supported', hint: expect.stringContaining('cluster') });
    const metadata = { awsIam: { ...connection().awsIam, tokenHost: '169.254.169.254' } };
    const refused = await kit.call(admin, 'POST /instances/test', { body: connection(metadata) });
    expect(refused.body.code).toBe('instance.host_refused');
    expect(rds.front.seenTokens).toEqual([]);
  });

  it('says what a password is worth for a user who has tokens', async () => {
    const byPassword = { connectionMethod: 'password', awsIam: null, password: 'guess', tlsMode: 'require' };
    const { body } = await kit.call(admin, 'POST /instances/test', { body: connection(byPassword) });
    expect(body).toMatchObject({ ok: false, kind: 'auth_failed' });
  });

  it('is prepared with what the help prints, for this installation', async () => {
    const typed = { engine: 'postgresql', host: rds.front.endpoint.host, user: 'tidegate', accountSignIn: 'iam' };
    const { status, body } = await kit.call(admin, 'POST /instances/setup-help', { body: typed });
    expect(status).toBe(200);
    expect(body.steps.find(({ key }: { key: string }) => key === 'policy').text).toMatch(/\/tg_[a-z0-9]{4}_\*"/);
    const member = await kit.person('Mel', ['workspace_member']);
    expect((await kit.call(member, 'POST /instances/setup-help', { body: typed })).body.code).toBe('auth.forbidden');
  });
});
