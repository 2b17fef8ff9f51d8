import { expect, test } from 'vitest';
import { StoreFault } from './store-fault.ts';
import { parseStoreUrl } from './store-url.ts';

function faultOf(url: string): string {
  try {
    parseStoreUrl(url);
  } catch (error) {
    if (error instanceof StoreFault) return error.message;
    throw error;
  }
  throw new Error(`taken for good: ${url}`);
}

test('a URL is read as libpq reads it', () => {
  expect(parseStoreUrl('postgres://tide@db')).toEqual({
    host: 'db',
    port: 5432,
    user: 'tide',
    password: undefined,
    database: 'tide',
    tlsMode: 'prefer',
    tlsAuthorityFile: undefined,
    applicationName: 'tidegate',
    iam: null,
  });
  expect(
    parseStoreUrl('postgresql://t%40x:p%40%2F%23%3F%25@[::1]:6432/my%20db?sslmode=verify-full&sslrootcert=/ca.pem'),
  ).toMatchObject({
    host: '::1',
    port: 6432,
    user: 't@x',
    password: 'p@/#?%',
    database: 'my db',
    tlsMode: 'verify-full',
    tlsAuthorityFile: '/ca.pem',
  });
});

test('tokens of AWS IAM are asked for in the query, and then the server is always verified', () => {
  const host = 'store.cluster-c9akciq32.eu-central-1.rds.amazonaws.com';
  expect(parseStoreUrl(`postgresql://tide@${host}/tidegate?auth=aws_iam`)).toMatchObject({
    tlsMode: 'verify-full',
    iam: { host, port: 5432, region: 'eu-central-1' },
  });
  const tunnel = `postgresql://tide@localhost:6000/t?auth=aws_iam&token_host=${host}&token_port=5432&region=us-east-1`;
  expect(parseStoreUrl(tunnel).iam).toEqual({ host, port: 5432, region: 'us-east-1' });
});

test('a socket is named in the query or as an encoded host', () => {
  expect(parseStoreUrl('postgresql:///tide?host=/run/postgresql&user=me')).toMatchObject({ host: '/run/postgresql' });
  expect(parseStoreUrl('postgresql://me@%2Frun%2Fpostgresql/tide')).toMatchObject({ host: '/run/postgresql' });
});

test('an "@" or ":" of the password is understood, because nothing else can be meant', () => {
  expect(parseStoreUrl('postgresql://tide:p@ss:w@db/tide')).toMatchObject({ password: 'p@ss:w', host: 'db' });
});

test.each([
  'postgresql://tide:hunter/2@db/tide',
  'postgresql://tide:hunter?2@db/tide',
  'postgresql://tide:hunter#2@db/tide',
  'postgresql://tide:12#hunter@db/tide',
  'postgresql://tide:hunter%2@db/tide',
  'postgresql://tide:hunter%zz@db/tide',
  'postgresql://tide:hun[ter@x]y/tide',
])('a reserved character in the password is explained: %s', (url) => {
  expect(faultOf(url)).toContain('must have its reserved characters encoded: write "@" as %40');
  expect(faultOf(url)).not.toContain('hunter');
});

test.each([
  ['mysql://x@db/y', /^PG_URL is not a PostgreSQL URL\. Its form is postgresql:/],
  ['postgresql://db/tide', /^PG_URL names no user/],
  ['postgresql://tide@/tide', /^PG_URL names no host/],
  ['postgresql://tide@a,b/tide', /names several hosts/],
  ['postgresql://tide@db:0/tide', /^The port in PG_URL is not a number from 1 to 65535\.$/],
  ['postgresql://tide@db:65536/tide', /^The port in PG_URL is not a number from 1 to 65535\.$/],
  ['postgresql://tide@db/tide?auth=kerberos', /^auth in PG_URL must be password or aws_iam\.$/],
  ['postgresql://tide:x@db/tide?auth=aws_iam&region=eu-central-1', /leave the password out/],
  ['postgresql://tide@%2Frun/tide?auth=aws_iam&region=eu-central-1', /needs a host with TLS/],
  ['postgresql://tide@db/tide?auth=aws_iam&region=eu-central-1&sslmode=require', /always verifies the server/],
  ['postgresql://tide@db/tide?auth=aws_iam&region=middle', /add region=/],
  ['postgresql://tide@db/tide?sslmode=on', /^sslmode in PG_URL must be one of disable, allow, prefer, require/],
  ['postgresql://tide@db/tide?ssl=true', /has an option that Tidegate does not take\. It takes sslmode, sslrootcert/],
])('%s is refused with the reason', (url, message) => {
  expect(faultOf(url)).toMatch(message);
});
