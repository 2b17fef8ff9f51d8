import { FakeSts, type KnownCredentials, type RdsServer, startRdsPostgres } from '@tidegate/test-servers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { postgresEngine } from '../../engines/postgres/engine-postgres.ts';
import { AwsKeys } from '../../platform/aws/aws-keys.ts';
import { assumeRole } from '../../platform/aws/sdk-credentials.ts';
import { iamTarget } from './aws-iam-test-kit.ts';

const caller = { accessKeyId: 'AKIATIDEGATECALLER02', secretAccessKey: 'secret-of-the-caller' };
const role = { arn: 'arn:aws:iam::123456789012:role/tidegate', externalId: 'tide-42' };
const burst = 200;
const credentials: KnownCredentials[] = [];
const sts = new FakeSts(credentials);
let rds: RdsServer;

beforeAll(async () => {
  sts.callers.push(caller);
  sts.roles.push(role);
  await sts.start();
  process.env['AWS_ENDPOINT_URL_STS'] = sts.url;
  rds = await startRdsPostgres({ credentials, settings: { max_connections: burst + 60 } });
  await rds.makeIamUser('tidegate');
});
afterAll(async () => {
  delete process.env['AWS_ENDPOINT_URL_STS'];
  await rds?.stop();
  await sts.stop();
});

test('200 connections at once have one refresh of the role’s credentials, when there are none and when they end', async () => {
  let now = Date.now();
  sts.now = () => new Date(now);
  rds.front.behaviour.now = () => new Date(now);
  const target = iamTarget(rds, 'postgresql', {
    ground: { now: () => now, serverCredentials: async () => new AwsKeys(caller), assumeRole },
    settings: { accountSignIn: 'iam', credentials: { kind: 'role', roleArn: role.arn, externalId: role.externalId } },
  });
  const openAll = () =>
    Promise.all(
      Array.from({ length: burst }, () =>
        postgresEngine.openSession(target, {
          ...{ account: 'tidegate', password: '', database: 'postgres', applicationName: 'burst' },
          ...{ isReadOnly: true, remainingMs: null },
        }),
      ),
    );
  for (const refreshes of [1, 2]) {
    const sessions = await openAll();
    await Promise.all(sessions.map((session) => session.close()));
    expect(sts.calls.filter(({ action }) => action === 'AssumeRole')).toHaveLength(refreshes);
    // The keys' hour is over: nobody is let in with them any more.
    now += 3_600_000;
  }
  expect(rds.front.seenTokens).toHaveLength(2 * burst);
  expect(rds.front.seenTokens.filter(({ verdict }) => !verdict.isAccepted)).toEqual([]);
});
