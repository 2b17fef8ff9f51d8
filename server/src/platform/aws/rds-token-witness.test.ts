import { awsCliToken } from '@tidegate/test-servers';
import { expect, test } from 'vitest';
import { AwsKeys } from './aws-keys.ts';
import { makeRdsToken } from './rds-token.ts';

const at = new Date('2026-03-29T01:30:00Z');
const parsed = (token: string) => [...new URL(`https://${token}`).searchParams].sort();
const keys = { accessKeyId: 'AKIATIDEGATETEST0001', secretAccessKey: 'wJalr/XUtnFEMI+K7MDENG' };

test.each([
  ['tidegate', 'shop.cluster-c9akciq32.eu-central-1.rds.amazonaws.com', 'eu-central-1', null],
  ["o'tide (+*) é/", 'db.example.com', 'us-gov-west-1', 'session/+='.repeat(130)],
])('the token for %s is, parsed, the one that the vendor’s client makes at the same moment', async (...row) => {
  const [user, host, region, sessionToken] = row;
  const place = { host, port: 3306, region };
  const env = {
    AWS_ACCESS_KEY_ID: keys.accessKeyId,
    AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
    ...(sessionToken !== null && { AWS_SESSION_TOKEN: sessionToken }),
  };
  const theirs = await awsCliToken(place, user, env, at);
  const ours = makeRdsToken(place, user, new AwsKeys({ ...keys, sessionToken }), at);
  expect(parsed(ours)).toEqual(parsed(theirs));
  expect(ours.split('/?')[0]).toBe(theirs.split('/?')[0]);
});
