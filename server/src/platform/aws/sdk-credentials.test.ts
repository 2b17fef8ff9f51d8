import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeMetadata, FakeSts } from '@tidegate/test-servers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { AwsKeys } from './aws-keys.ts';
import { checkCaller } from './caller-check.ts';
import { CredentialSource } from './credential-source.ts';
import { assumeRole, serverCredentials } from './sdk-credentials.ts';

const own = { accessKeyId: 'AKIATIDEGATESERVER01', secretAccessKey: 'the-secret-of-the-server' };
const roleArn = 'arn:aws:iam::210987654321:role/tidegate-db';
const role = { roleArn, externalId: 'tide-42', sessionName: 'tidegate-Shop', region: 'eu-central-1' };
const sts = new FakeSts();
const metadata = new FakeMetadata();
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidegate-aws-'));
  await Promise.all([sts.start(), metadata.start()]);
});
afterAll(async () => {
  await Promise.all([sts.stop(), metadata.stop()]);
  await rm(folder, { recursive: true, force: true });
});

/** Nothing of the machine that runs the test counts: no files, no metadata service. */
beforeEach(() => {
  for (const name of Object.keys(process.env).filter((key) => key.startsWith('AWS_'))) vi.stubEnv(name, undefined);
  vi.stubEnv('AWS_CONFIG_FILE', join(folder, 'config'));
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', join(folder, 'credentials'));
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
  vi.stubEnv('AWS_ENDPOINT_URL_STS', sts.url);
  sts.callers.splice(0, sts.callers.length, own);
  sts.roles.splice(0, sts.roles.length, { arn: roleArn, externalId: 'tide-42' });
  sts.calls.length = 0;
  metadata.isTooFarAway = false;
  metadata.lifeMs = 3_600_000;
});
afterEach(() => vi.unstubAllEnvs());

function useMetadata(): void {
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'false');
  vi.stubEnv('AWS_EC2_METADATA_SERVICE_ENDPOINT', metadata.url);
}
const ownKeys = async () => new AwsKeys(own);

describe('the server’s own credentials', () => {
  test('come from the environment', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAENVIRONMENT00001');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'hush');
    vi.stubEnv('AWS_SESSION_TOKEN', 'for-a-while');
    expect(await serverCredentials()).toMatchObject({
      accessKeyId: 'AKIAENVIRONMENT00001',
      sessionToken: 'for-a-while',
      expiresAt: null,
    });
  });

  test('come from a profile, and are read again after the file was rotated', async () => {
    const write = (id: string) =>
      writeFile(
        join(folder, 'credentials'),
        `[db]\naws_access_key_id = ${id}\naws_secret_access_key = secret-of-${id}\n`,
      );
    vi.stubEnv('AWS_PROFILE', 'db');
    await write('AKIAPROFILE000000001');
    expect((await serverCredentials()).accessKeyId).toBe('AKIAPROFILE000000001');
    await write('AKIAPROFILE000000002');
    expect((await serverCredentials()).secretAccessKey).toBe('secret-of-AKIAPROFILE000000002');
  });

  test('come from ECS', async () => {
    vi.stubEnv('AWS_CONTAINER_CREDENTIALS_FULL_URI', metadata.containerUrl);
    vi.stubEnv('AWS_CONTAINER_AUTHORIZATION_TOKEN', metadata.containerToken);
    const keys = await serverCredentials();
    expect(keys.accessKeyId).toMatch(/^ASIA/);
    expect(keys.expiresAt?.getTime()).toBeGreaterThan(Date.now());
  });

  test('come from EKS web identity', async () => {
    const tokenFile = join(folder, 'token');
    await writeFile(tokenFile, 'header.payload.signature');
    sts.roles.push({ arn: 'arn:aws:iam::123456789012:role/pod', webIdentityToken: 'header.payload.signature' });
    vi.stubEnv('AWS_WEB_IDENTITY_TOKEN_FILE', tokenFile);
    vi.stubEnv('AWS_ROLE_ARN', 'arn:aws:iam::123456789012:role/pod');
    vi.stubEnv('AWS_REGION', 'eu-central-1');
    expect((await serverCredentials()).accessKeyId).toMatch(/^ASIA/);
    expect(sts.calls).toMatchObject([{ action: 'AssumeRoleWithWebIdentity' }]);
  });

  test('come from the instance role, and are renewed before they end without a restart, once for all', async () => {
    useMetadata();
    let now = Date.now();
    const source = new CredentialSource(serverCredentials, () => now);
    const first = await source.current();
    metadata.rotate();
    expect((await source.current()).accessKeyId).toBe(first.accessKeyId);
    const reads = metadata.reads;
    now += 59.5 * 60_000;
    const all = await Promise.all(Array.from({ length: 200 }, () => source.current()));
    expect(new Set(all.map(({ accessKeyId }) => accessKeyId)).size).toBe(1);
    expect(all[0]?.accessKeyId).not.toBe(first.accessKeyId);
    expect(metadata.reads).toBe(reads + 1);
  });

  test('are missing: the words say where it looked', async () => {
    await expect(serverCredentials()).rejects.toMatchObject({
      kind: 'no_credentials',
      message: 'The server has no AWS credentials.',
      hint: expect.stringContaining('EC2 instance role'),
    });
  });

  test('cannot be reached from a container one hop too far: the words say which option it is', async () => {
    useMetadata();
    metadata.isTooFarAway = true;
    await expect(serverCredentials()).rejects.toMatchObject({
      kind: 'metadata_unreachable',
      hint: expect.stringContaining('--http-put-response-hop-limit 2'),
    });
  }, 20_000);
});

describe('a role', () => {
  test('is assumed with its external id, under a name that says who it was', async () => {
    const keys = await assumeRole(role, ownKeys);
    expect(keys.sessionToken?.length).toBeGreaterThan(500);
    expect(sts.calls).toEqual([
      { action: 'AssumeRole', roleArn, sessionName: 'tidegate-Shop', accessKeyId: own.accessKeyId },
    ]);
    expect(sts.issued.at(-1)).toMatchObject({ accessKeyId: keys.accessKeyId, secretAccessKey: keys.secretAccessKey });
  });

  test('is refused with another external id, or when nobody trusts us', async () => {
    const refusal = { kind: 'role_refused', hint: expect.stringContaining('external id') };
    await expect(assumeRole({ ...role, externalId: 'other' }, ownKeys)).rejects.toMatchObject(refusal);
    await expect(assumeRole({ ...role, externalId: null }, ownKeys)).rejects.toMatchObject(refusal);
    sts.roles.length = 0;
    await expect(assumeRole(role, ownKeys)).rejects.toMatchObject(refusal);
  });

  test('is not assumed with credentials that have expired or are not known', async () => {
    const expired = { ...own, sessionToken: 'old', expiresAt: new Date(Date.now() - 1_000) };
    sts.callers.splice(0, 1, expired);
    await expect(assumeRole(role, async () => new AwsKeys({ ...own, sessionToken: 'old' }))).rejects.toMatchObject({
      kind: 'credentials_expired',
    });
    sts.callers.length = 0;
    await expect(assumeRole(role, ownKeys)).rejects.toMatchObject({ kind: 'credentials_invalid' });
  });

  test('needs a way to the token service, which is said where there is none', async () => {
    vi.stubEnv('AWS_ENDPOINT_URL_STS', 'http://127.0.0.1:1');
    await expect(assumeRole(role, ownKeys)).rejects.toMatchObject({
      kind: 'unreachable',
      hint: expect.stringContaining('AWS_ENDPOINT_URL_STS'),
    });
  });
});

describe('asking who the credentials are', () => {
  test('finds out that nothing is there to ask, and says nothing then', async () => {
    const keys = new AwsKeys(own);
    const nobody = { fault: null, arn: null, clockAheadMs: null };
    expect(await checkCaller(keys, 'eu-central-1', { AWS_ENDPOINT_URL_STS: 'http://127.0.0.1:1' })).toEqual(nobody);
  });
});
