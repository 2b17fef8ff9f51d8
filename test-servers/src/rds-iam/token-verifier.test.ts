import { describe, expect, test } from 'vitest';
import { makeToken } from './make-token.ts';
import { type KnownCredentials, type TokenEndpoint, type TokenRefusal, TokenVerifier } from './token-verifier.ts';

const host = 'hr.cluster-c0ffee123456.eu-central-1.rds.amazonaws.com';
const endpoint: TokenEndpoint = { host, port: 5432, region: 'eu-central-1' };
const secretAccessKey = '0123456789/test+secret/0123456789abcdefghi';
const lasting: KnownCredentials = { accessKeyId: 'AKIATIDEGATETESTKEY1', secretAccessKey };
const passing: KnownCredentials = {
  accessKeyId: 'ASIATIDEGATETESTKEY2',
  secretAccessKey,
  sessionToken: 'IQoJb3JpZ2luX2VjE/+=test==',
};
const madeAt = new Date('2026-03-29T01:30:00Z');
const user = 'tidegate_iam';

/** Made by awscli 2.9.19 with the clock held at `madeAt`. */
const byAwsCli = {
  lasting: `${host}:5432/?Action=connect&DBUser=tidegate_iam&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIATIDEGATETESTKEY1%2F20260329%2Feu-central-1%2Frds-db%2Faws4_request&X-Amz-Date=20260329T013000Z&X-Amz-Expires=900&X-Amz-SignedHeaders=host&X-Amz-Signature=ca49b15c0b97a11f508528f40aed57acab762990a3cf49ec743d43c0d9634039`,
  passing: `${host}:3306/?Action=connect&DBUser=tidegate%20iam%2B%C3%A4%2A~&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=ASIATIDEGATETESTKEY2%2F20260329%2Feu-central-1%2Frds-db%2Faws4_request&X-Amz-Date=20260329T013000Z&X-Amz-Expires=900&X-Amz-SignedHeaders=host&X-Amz-Security-Token=IQoJb3JpZ2luX2VjE%2F%2B%3Dtest%3D%3D&X-Amz-Signature=8d58c034e4e60569a38d8fbe4e8b552b0cb7012080f6c55ab2c877fa5c9621af`,
};

const later = (seconds: number): Date => new Date(madeAt.getTime() + seconds * 1000);

function verifier(changes: Partial<ConstructorParameters<typeof TokenVerifier>[0]> = {}): TokenVerifier {
  return new TokenVerifier({ endpoint, credentials: () => [lasting, passing], now: () => madeAt, ...changes });
}

const refused = (refusal: TokenRefusal) => ({ isAccepted: false, refusal });

describe('tokens of an outside maker', () => {
  test('made with lasting keys are accepted', () => {
    expect(verifier().verify(byAwsCli.lasting, user)).toEqual({ isAccepted: true, accessKeyId: lasting.accessKeyId });
  });

  test('made with temporary keys, for a user with signs and an umlaut, are accepted', () => {
    const mysql = verifier({ endpoint: { ...endpoint, port: 3306 } });
    expect(mysql.verify(byAwsCli.passing, 'tidegate iam+ä*~')).toMatchObject({ isAccepted: true });
  });

  test('are the same that we make, parameter by parameter', () => {
    const parsed = (token: string) => [...new URL(`https://${token}`).searchParams].sort();
    const ours = makeToken({ ...endpoint, port: 3306 }, 'tidegate iam+ä*~', passing, madeAt);
    expect(parsed(ours)).toEqual(parsed(byAwsCli.passing));
    expect(parsed(makeToken(endpoint, user, lasting, madeAt))).toEqual(parsed(byAwsCli.lasting));
  });
});

describe('a good token is refused', () => {
  const cases: readonly [string, Partial<ConstructorParameters<typeof TokenVerifier>[0]>, TokenRefusal][] = [
    ['by another host', { endpoint: { ...endpoint, host: `reader.${host}` } }, 'wrong_host'],
    ['on another port', { endpoint: { ...endpoint, port: 3306 } }, 'wrong_port'],
    ['in another region', { endpoint: { ...endpoint, region: 'eu-west-1' } }, 'wrong_region'],
    ['when the secret is another', { credentials: () => [{ ...lasting, secretAccessKey: 'x' }] }, 'wrong_signature'],
    ['when nobody knows the key', { credentials: () => [passing] }, 'unknown_key'],
    [
      'when the key has come to its end',
      { credentials: () => [{ ...lasting, expiresAt: madeAt }] },
      'expired_credentials',
    ],
    ['fifteen minutes later', { now: () => later(900) }, 'too_old'],
    ['by a clock that is behind by more than five minutes', { now: () => later(-301) }, 'from_the_future'],
    ['when the policy does not name the user', { isAllowed: () => false }, 'not_allowed'],
    [
      'when its session token is missing',
      { credentials: () => [{ ...lasting, sessionToken: 'given-out-with-it' }] },
      'wrong_session_token',
    ],
  ];
  test.each(cases)('%s', (_, changes, refusal) => {
    expect(verifier(changes).verify(byAwsCli.lasting, user)).toEqual(refused(refusal));
  });

  test('for another user', () => {
    expect(verifier().verify(byAwsCli.lasting, 'admin')).toEqual(refused('wrong_user'));
  });

  test('with a session token that is another, or that its keys do not have', () => {
    const other = makeToken(endpoint, user, { ...passing, sessionToken: 'of-somebody-else' }, madeAt);
    expect(verifier().verify(other, user)).toEqual(refused('wrong_session_token'));
    const needless = makeToken(endpoint, user, { ...lasting, sessionToken: 'needless' }, madeAt);
    expect(verifier().verify(needless, user)).toEqual(refused('wrong_session_token'));
  });
});

test('it is accepted up to the last second and from a clock that is a little ahead', () => {
  expect(verifier({ now: () => later(899) }).verify(byAwsCli.lasting, user)).toMatchObject({ isAccepted: true });
  expect(verifier({ now: () => later(-300) }).verify(byAwsCli.lasting, user)).toMatchObject({ isAccepted: true });
});

describe('a token that was tampered with is refused', () => {
  const good = byAwsCli.lasting;
  const cases: readonly [string, string, TokenRefusal][] = [
    ['another user', good.replace('DBUser=tidegate_iam', 'DBUser=admin'), 'wrong_signature'],
    ['a longer life within the bounds', good.replace('Expires=900', 'Expires=899'), 'wrong_signature'],
    ['a later date', good.replace('T013000Z', 'T013100Z'), 'wrong_signature'],
    ['a parameter more', good.replace('&X-Amz-Date', '&Extra=1&X-Amz-Date'), 'wrong_signature'],
    ['a signature that is cut', good.slice(0, -1), 'wrong_signature'],
    ['a life that is too long', good.replace('Expires=900', 'Expires=90000'), 'too_long_a_life'],
    ['another action', good.replace('Action=connect', 'Action=admin'), 'wrong_action'],
    ['another algorithm', good.replace('AWS4-HMAC-SHA256', 'none'), 'wrong_algorithm'],
    ['headers that are not signed', good.replace('SignedHeaders=host', 'SignedHeaders=date'), 'malformed'],
    ['a scope of another day', good.replace('%2F20260329', '%2F20260328'), 'malformed'],
    ['an impossible date', good.replaceAll('20260329', '20261399'), 'malformed'],
    ['a parameter twice', `${good}&DBUser=admin`, 'duplicate_parameter'],
    ['a parameter twice in another case', `${good}&dbuser=admin`, 'duplicate_parameter'],
    ['a scheme before it', `https://${good}`, 'malformed'],
    ['a broken escape', good.replace('%2F', '%ZZ'), 'malformed'],
    ['the end cut off', good.slice(0, good.indexOf('/?')), 'malformed'],
    ['nothing at all', '', 'malformed'],
  ];
  test.each(cases)('%s', (_, token, refusal) => {
    expect(verifier().verify(token, token.includes('=admin&') ? 'admin' : user)).toEqual(refused(refusal));
  });

  test('signed for another service', () => {
    const token = makeToken(endpoint, user, lasting, madeAt, { service: 's3' });
    expect(verifier().verify(token, user)).toEqual(refused('wrong_service'));
  });

  test('cut at 511 bytes, as some servers do', () => {
    const long = { ...passing, sessionToken: 'x'.repeat(900) };
    const token = makeToken(endpoint, user, long, madeAt).slice(0, 511);
    expect(verifier({ credentials: () => [long] }).verify(token, user)).toMatchObject({ isAccepted: false });
  });
});
