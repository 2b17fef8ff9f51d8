import { makeToken } from '@tidegate/test-servers';
import { describe, expect, test } from 'vitest';
import { AwsKeys } from './aws-keys.ts';
import { makeRdsToken } from './rds-token.ts';

const at = new Date('2026-11-26T10:20:30.400Z');
const place = { host: 'shop.cluster-c9akciq32.eu-central-1.rds.amazonaws.com', port: 3306, region: 'eu-central-1' };
const parsed = (token: string) => [...new URL(`https://${token}`).searchParams].sort();

describe('a token', () => {
  test.each([
    ['tidegate', null],
    ["o'tide (+*) é/", null],
    ['tidegate', 'session/+='.repeat(130)],
  ])('for %s is what an independent maker makes of the standard', (user, sessionToken) => {
    const secrets = { accessKeyId: 'AKIATIDEGATETEST0001', secretAccessKey: 'wJalr/XUtnFEMI+K7MDENG' };
    const ours = makeRdsToken(place, user, new AwsKeys({ ...secrets, sessionToken }), at);
    const theirs = makeToken(place, user, { ...secrets, ...(sessionToken !== null && { sessionToken }) }, at);
    expect(parsed(ours)).toEqual(parsed(theirs));
    expect(ours.startsWith(`${place.host}:3306/?`)).toBe(true);
  });

  test('is for the endpoint in small letters, as the certificate and the service have it', () => {
    const keys = new AwsKeys({ accessKeyId: 'AKIATIDEGATETEST0001', secretAccessKey: 'x' });
    const token = makeRdsToken({ ...place, host: place.host.toUpperCase() }, 'tidegate', keys, at);
    expect(token).toBe(makeRdsToken(place, 'tidegate', keys, at));
  });
});
