import { type RdsFront, type RdsServer, startRdsMySql, startRdsPostgres } from '@tidegate/test-servers';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Engine, EngineError, EngineKind } from '../../engines/engine.ts';
import { createMySqlEngine } from '../../engines/mysql/engine-mysql.ts';
import { postgresEngine } from '../../engines/postgres/engine-postgres.ts';
import { AwsFault, faultOfCode } from '../../platform/aws/aws-fault.ts';
import { AwsKeys } from '../../platform/aws/aws-keys.ts';
import { iamTarget, type TargetChanges, testKeys } from './aws-iam-test-kit.ts';

const servers = {
  'PostgreSQL 15': ['postgresql', () => startRdsPostgres({ credentials: [testKeys], major: 15 })],
  'PostgreSQL 18': ['postgresql', () => startRdsPostgres({ credentials: [testKeys] })],
  MariaDB: ['mariadb', () => startRdsMySql({ credentials: [testKeys], kind: 'mariadb' })],
  'MySQL 9': ['mysql', () => startRdsMySql({ credentials: [testKeys] })],
} as const satisfies Record<string, readonly [EngineKind, () => Promise<RdsServer<RdsFront>>]>;

describe.each(Object.entries(servers))('a login by token at %s', (_title, [kind, start]) => {
  const engine: Engine = kind === 'postgresql' ? postgresEngine : createMySqlEngine();
  let rds: RdsServer<RdsFront>;

  beforeAll(async () => {
    rds = await start();
    await rds.makeIamUser('tidegate');
    await rds.run(
      kind === 'postgresql' ? "create user plain password 'pw'" : "create user plain identified by 'pw' require ssl",
    );
  }, 120_000);
  afterAll(() => rds.stop());
  beforeEach(() => {
    Object.assign(rds.front.behaviour, { tls: 'own', cutTokenAt: Infinity, isAllowed: () => true });
    rds.front.seenTokens.length = 0;
  });

  const probe = (changes: TargetChanges = {}) => engine.probe(iamTarget(rds, kind, changes));
  async function refusal(changes: TargetChanges = {}): Promise<EngineError> {
    const result = await probe(changes);
    if (result.ok) throw new Error('expected a refusal');
    return result.error;
  }

  test('succeeds with a token made for the endpoint, though a tunnel is dialled', async () => {
    expect(await probe()).toMatchObject({ ok: true, facts: { isTls: true } });
    expect(rds.front.seenTokens).toMatchObject([
      { user: 'tidegate', isEncrypted: true, verdict: { isAccepted: true, accessKeyId: testKeys.accessKeyId } },
    ]);
  });

  test('makes a token for each physical connection, and none for what an open one is asked', async () => {
    let at = Date.now() - 60_000;
    const now = () => {
      at += 1_000;
      return at;
    };
    const admin = engine.admin(iamTarget(rds, kind, { ground: { now } }));
    await Promise.all([admin.facts(), admin.listDatabases(), admin.facts()]);
    const opened = rds.front.seenTokens.length;
    await admin.facts();
    await admin.close();
    const tokens = rds.front.seenTokens.map(({ token }) => token);
    expect(tokens).toHaveLength(opened);
    expect(new Set(tokens).size).toBe(tokens.length);
  });

  test('sends nothing to a server of another authority, of another name, or without TLS', async () => {
    rds.front.behaviour.tls = 'other_authority';
    const untrusted = await refusal();
    expect(untrusted.kind).toBe('tls_untrusted');
    expect(untrusted.hint).toMatch(/authorities of Amazon RDS/);
    rds.front.behaviour.tls = 'other_name';
    const mismatch = await refusal();
    expect(mismatch.kind).toBe('tls_host_mismatch');
    expect(mismatch.hint).toContain(rds.front.endpoint.host);
    rds.front.behaviour.tls = 'none';
    const plain = await refusal();
    expect(plain.kind).toBe('tls_unsupported');
    expect(plain.hint).toMatch(/only sent inside TLS/);
    rds.front.behaviour.tls = 'own';
    expect((await refusal({ tlsCa: null })).kind).toBe('tls_untrusted');
    expect(rds.front.seenTokens).toEqual([]);
  });

  test('says that the user is not one who has tokens', async () => {
    const error = await refusal({ user: 'plain' });
    expect(error.kind).toBe('auth_failed');
    expect(error.message).toMatch(kind === 'postgresql' ? /lacks rds_iam/ : /AWSAuthenticationPlugin/);
    expect(error.hint).toMatch(kind === 'postgresql' ? /GRANT rds_iam TO "plain"/ : /ALTER USER 'plain'@'%'/);
    const stranger = await refusal({ user: 'nobody' });
    expect(stranger.kind).toBe('auth_failed');
    expect(rds.front.seenTokens).toEqual([]);
  });

  test('says that the policy may be missing, and names it', async () => {
    rds.front.behaviour.isAllowed = () => false;
    const arn = 'arn:aws:sts::123456789012:assumed-role/app/tidegate';
    const error = await refusal({
      ground: { checkCaller: async () => ({ fault: null, arn, clockAheadMs: 1_000 }) },
    });
    expect(error.kind).toBe('token_refused');
    expect(error.hint).toContain(`Allow ${arn} rds-db:connect on arn:aws:rds-db:eu-central-1:`);
    expect(error.hint).toContain('/tidegate');
  });

  test('says that the token may have been cut, where it is long and the host is no endpoint of RDS', async () => {
    rds.front.behaviour.cutTokenAt = 511;
    const error = await refusal({ settings: { tokenHost: null, tokenPort: null } });
    expect(error.kind).toBe('token_refused');
    expect(error.hint).toMatch(/longer than 511 bytes/);
  });

  test('says that the session token has expired, in the judgement of AWS', async () => {
    rds.front.behaviour.isAllowed = () => false;
    const fault = faultOfCode('ExpiredToken');
    const error = await refusal({ ground: { checkCaller: async () => ({ fault, arn: null, clockAheadMs: 0 }) } });
    expect(error).toMatchObject({ kind: 'credentials_refused', message: 'The AWS credentials have expired.' });
  });

  test('says that the clock is more than five minutes off', async () => {
    const at = Date.now() - 20 * 60_000;
    const checkCaller = async () => ({ fault: null, arn: null, clockAheadMs: -20 * 60_000 });
    const error = await refusal({ ground: { now: () => at, checkCaller } });
    expect(error).toMatchObject({ kind: 'clock_skew' });
    expect(error.hint).toMatch(/Set the clock/);
    expect(rds.front.seenTokens).toMatchObject([{ verdict: { isAccepted: false, refusal: 'too_old' } }]);
  });

  test('is not tried with a region that is not the endpoint’s, nor without credentials', async () => {
    const region = await refusal({ settings: { region: 'us-east-1' } });
    expect(region).toMatchObject({ kind: 'region_mismatch', hint: expect.stringContaining('eu-central-1') });
    const serverCredentials = async () => {
      throw new AwsFault('no_credentials', 'The server has no AWS credentials.', 'Give it some.');
    };
    const missing = await refusal({ ground: { serverCredentials } });
    expect(missing).toMatchObject({ kind: 'credentials_missing', hint: 'Give it some.' });
    expect(rds.front.seenTokens).toEqual([]);
  });

  test('picks up rotated credentials as soon as the old ones are refused', async () => {
    const fresh = { ...testKeys, accessKeyId: 'ASIATIDEGATETESTKEY4', secretAccessKey: 'the-next-secret' };
    let keys = testKeys;
    let at = Date.now();
    const target = iamTarget(rds, kind, {
      ground: { now: () => at, serverCredentials: async () => new AwsKeys(keys) },
    });
    expect(await engine.probe(target)).toMatchObject({ ok: true });
    keys = fresh;
    rds.front.credentials.splice(0, 1, fresh);
    at += 3_000;
    expect(await engine.probe(target)).toMatchObject({ ok: false, error: { kind: 'token_refused' } });
    expect(await engine.probe(target)).toMatchObject({ ok: true });
    rds.front.credentials.splice(0, 1, testKeys);
  });
});
