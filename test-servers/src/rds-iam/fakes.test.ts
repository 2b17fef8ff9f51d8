import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { awsCli, awsCliToken } from './aws-cli.ts';
import { FakeMetadata } from './fake-metadata.ts';
import { FakeSts } from './fake-sts.ts';
import { type KnownCredentials, TokenVerifier } from './token-verifier.ts';

const endpoint = { host: 'hr.cluster-c0ffee123456.eu-central-1.rds.amazonaws.com', port: 3306, region: 'eu-central-1' };
const known: KnownCredentials[] = [];
const verifier = new TokenVerifier({ endpoint, credentials: () => known });
const accepted = { isAccepted: true };

describe('the fake of the token service, asked by the vendor’s own client', () => {
  const sts = new FakeSts(known);
  const caller = { accessKeyId: 'AKIATIDEGATECALLER01', secretAccessKey: 'secret-of-the-caller' };
  const arn = 'arn:aws:iam::123456789012:role/tidegate';
  const env = { AWS_ACCESS_KEY_ID: caller.accessKeyId, AWS_SECRET_ACCESS_KEY: caller.secretAccessKey };

  beforeAll(() => sts.start());
  afterAll(() => sts.stop());
  afterEach(() => {
    sts.calls.length = 0;
  });
  sts.callers.push(caller);
  sts.roles.push({ arn, externalId: 'tide-42' }, { arn: `${arn}-web`, webIdentityToken: 'of.this.pod' });

  const assume = (more: readonly string[], as: Record<string, string> = env): Promise<string> =>
    awsCli(
      [
        ...['sts', 'assume-role', '--role-arn', arn, '--role-session-name', 'tidegate-ab12', ...more],
        ...['--endpoint-url', sts.url, '--region', 'eu-central-1', '--output', 'json'],
      ],
      as,
    );

  test('a role is assumed with its external id, and its keys make good tokens', async () => {
    const { Credentials: keys } = JSON.parse(await assume(['--external-id', 'tide-42']));
    const token = await awsCliToken(endpoint, 'tidegate', {
      AWS_ACCESS_KEY_ID: keys.AccessKeyId,
      AWS_SECRET_ACCESS_KEY: keys.SecretAccessKey,
      AWS_SESSION_TOKEN: keys.SessionToken,
    });
    expect(token.length).toBeGreaterThan(1_200);
    expect(verifier.verify(token, 'tidegate')).toMatchObject(accepted);
    expect(sts.calls).toEqual([
      { action: 'AssumeRole', roleArn: arn, sessionName: 'tidegate-ab12', accessKeyId: caller.accessKeyId },
    ]);
  });

  test('without the external id, with another secret, and with keys that ended, it is refused in the service’s words', async () => {
    await expect(assume([])).rejects.toThrow(/\(AccessDenied\).*not authorized to perform: sts:AssumeRole/);
    const wrong = { ...env, AWS_SECRET_ACCESS_KEY: 'another' };
    await expect(assume(['--external-id', 'tide-42'], wrong)).rejects.toThrow(/\(SignatureDoesNotMatch\)/);
    sts.callers[0] = { ...caller, expiresAt: new Date(0) };
    await expect(assume(['--external-id', 'tide-42'])).rejects.toThrow(/\(ExpiredToken\)/);
    sts.callers[0] = caller;
  });

  test('it says who signed a call', async () => {
    const whoami = ['sts', 'get-caller-identity', '--endpoint-url', sts.url, '--region', 'eu-central-1'];
    const answer = JSON.parse(await awsCli([...whoami, '--output', 'json'], env));
    expect(answer.Arn).toBe(`arn:aws:iam::123456789012:user/of-${caller.accessKeyId}`);
    const open = await fetch(`${sts.url}/?Action=GetCallerIdentity&Version=2011-06-15`);
    expect(await open.text()).toContain('<Code>MissingAuthenticationToken</Code>');
  });

  test('a workload assumes its role with its identity and without keys', async () => {
    const asWeb = (identity: string): Promise<string> =>
      awsCli(
        [
          ...['sts', 'assume-role-with-web-identity', '--role-arn', `${arn}-web`, '--role-session-name', 'pod'],
          ...[
            '--web-identity-token',
            identity,
            '--endpoint-url',
            sts.url,
            '--region',
            'eu-central-1',
            '--output',
            'json',
          ],
        ],
        {},
      );
    expect(JSON.parse(await asWeb('of.this.pod')).Credentials.AccessKeyId).toMatch(/^ASIA/);
    await expect(asWeb('of.another')).rejects.toThrow(/\(InvalidIdentityToken\)/);
  });
});

describe('the fake of the metadata services, asked by the vendor’s own client', () => {
  const metadata = new FakeMetadata(known);
  beforeAll(() => metadata.start());
  afterAll(() => metadata.stop());
  const asInstance = (): Promise<string> =>
    awsCliToken(endpoint, 'tidegate', { AWS_EC2_METADATA_SERVICE_ENDPOINT: `${metadata.url}/` });

  test('an instance gets the keys of its role, and new ones after a rotation', async () => {
    const first = await asInstance();
    metadata.rotate();
    const second = await asInstance();
    expect(verifier.verify(first, 'tidegate')).toMatchObject(accepted);
    expect(verifier.verify(second, 'tidegate')).toMatchObject(accepted);
    expect(new Set([first, second].map((token) => /Credential=(\w+)/.exec(token)?.[1])).size).toBe(2);
  });

  test('nothing is told without a token of its own, which an answer over one hop more never brings', async () => {
    const open = await fetch(`${metadata.url}/latest/meta-data/iam/security-credentials/`);
    expect(open.status).toBe(401);
    metadata.isTooFarAway = true;
    await expect(asInstance()).rejects.toThrow(/Unable to locate credentials/);
    metadata.isTooFarAway = false;
  });

  test('a container gets the keys of its task with its own authorisation only', async () => {
    const env = { AWS_CONTAINER_CREDENTIALS_FULL_URI: metadata.containerUrl };
    const token = await awsCliToken(endpoint, 'tidegate', {
      ...env,
      AWS_CONTAINER_AUTHORIZATION_TOKEN: metadata.containerToken,
    });
    expect(verifier.verify(token, 'tidegate')).toMatchObject(accepted);
    await expect(awsCliToken(endpoint, 'tidegate', env)).rejects.toThrow(/401|Unauthorized|container/i);
  });
});

test('a token of the vendor’s client at a held clock is good for the fifteen minutes from then', async () => {
  const at = new Date('2026-03-29T01:30:00Z');
  const keys = { accessKeyId: 'AKIATIDEGATETESTKEY9', secretAccessKey: 'a secret with = and +' };
  const env = { AWS_ACCESS_KEY_ID: keys.accessKeyId, AWS_SECRET_ACCESS_KEY: keys.secretAccessKey };
  const token = await awsCliToken(endpoint, 'tidegate', env, at);
  const verdictAt = (now: string) =>
    new TokenVerifier({ endpoint, credentials: () => [keys], now: () => new Date(now) }).verify(token, 'tidegate');
  expect(verdictAt('2026-03-29T01:44:59Z')).toMatchObject(accepted);
  expect(verdictAt('2026-03-29T01:45:00Z')).toMatchObject({ refusal: 'too_old' });
});
