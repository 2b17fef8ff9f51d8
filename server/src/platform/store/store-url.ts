import { readRdsEndpoint } from '../aws/rds-endpoint.ts';
import type { TokenPlace } from '../aws/rds-token.ts';
import { StoreFault } from './store-fault.ts';

export const tlsModes = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;
export type TlsMode = (typeof tlsModes)[number];

/** PG_URL in its parts, with libpq's meaning of each. */
export interface StoreUrl {
  /** A host name or address, or the folder of a socket. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string | undefined;
  readonly database: string;
  readonly tlsMode: TlsMode;
  /** PEM file with the authorities to trust instead of the system's. */
  readonly tlsAuthorityFile: string | undefined;
  readonly applicationName: string;
  /** Set by `auth=aws_iam`: tokens instead of a password, and `verify-full`. */
  readonly iam: TokenPlace | null;
}

const reserved =
  'write "@" as %40, ":" as %3A, "/" as %2F, "?" as %3F, "#" as %23, "[" as %5B, "%" as %25, a blank as %20';
const reservedHint = `A user name or password in PG_URL must have its reserved characters encoded: ${reserved}.`;
const shape = 'Its form is postgresql://user:password@host:5432/database?sslmode=require';
const knownOptions = [
  ...['sslmode', 'sslrootcert', 'host', 'port', 'user', 'password', 'dbname', 'application_name'],
  // Meaningless for one server with our own limits, and often part of copied URLs.
  ...[
    'auth',
    'region',
    'token_host',
    'token_port',
    'connect_timeout',
    'channel_binding',
    'target_session_attrs',
    'gssencmode',
  ],
];

/** Reads PG_URL. Refuses with `StoreFault` in words that never repeat the password. */
export function parseStoreUrl(text: string): StoreUrl {
  const { authority, path, query } = splitUrl(text);
  const at = authority.lastIndexOf('@');
  const [rawUser = '', ...rawPassword] = at < 0 ? [] : authority.slice(0, at).split(':');
  const { host, port } = splitHost(authority.slice(at + 1), at >= 0);
  const options = readOptions(query);
  const user = options['user'] ?? decode(rawUser);
  if (user === '') throw new StoreFault(`PG_URL names no user. ${shape}`);
  const password = options['password'] ?? (rawPassword.length === 0 ? undefined : decode(rawPassword.join(':')));
  const database = options['dbname'] ?? decode(path);
  const finalHost = options['host'] ?? decode(host);
  if (finalHost === '') throw new StoreFault(`PG_URL names no host. ${shape}`);
  if (finalHost.includes(',')) throw new StoreFault('PG_URL names several hosts; Tidegate takes one.');
  const place = { host: finalHost, port: readPort(options['port'] ?? port) };
  const iam = readIam(options, place, password);
  return {
    ...place,
    user,
    password,
    database: database === '' ? user : database,
    tlsMode: iam === null ? readTlsMode(options['sslmode']) : 'verify-full',
    tlsAuthorityFile: options['sslrootcert'] === 'system' ? undefined : options['sslrootcert'],
    applicationName: options['application_name'] ?? 'tidegate',
    iam,
  };
}

/** What tokens are made for. Refuses whatever would be less than a token over verified TLS. */
function readIam(
  options: Partial<Record<string, string>>,
  { host, port }: { host: string; port: number },
  password: string | undefined,
): TokenPlace | null {
  const { auth, region: given, token_host: tokenHost = host, token_port: tokenPort } = options;
  if (auth === undefined || auth === 'password') return null;
  if (auth !== 'aws_iam') throw new StoreFault('auth in PG_URL must be password or aws_iam.');
  if (password !== undefined) throw new StoreFault('PG_URL has auth=aws_iam and a password; leave the password out.');
  if (host.startsWith('/')) throw new StoreFault('auth=aws_iam in PG_URL needs a host with TLS, not a socket.');
  if ((options['sslmode'] ?? 'verify-full') !== 'verify-full') {
    throw new StoreFault('auth=aws_iam in PG_URL always verifies the server: leave sslmode out, or verify-full.');
  }
  const region = given ?? readRdsEndpoint(tokenHost).region ?? process.env['AWS_REGION'];
  if (region === undefined || !/^[a-z]{2,4}(-[a-z]+)+-\d{1,2}$/.test(region)) {
    throw new StoreFault(`The name ${tokenHost} does not tell the region: add region=… to PG_URL, or set AWS_REGION.`);
  }
  return { host: tokenHost, port: tokenPort === undefined ? port : readPort(tokenPort), region };
}

function splitUrl(text: string): { authority: string; path: string; query: string } {
  const match = /^postgres(?:ql)?:\/\/([^/?#]*)(?:\/([^?#]*))?(?:\?([^#]*))?(#.*)?$/s.exec(text.trim());
  if (match === null) throw new StoreFault(`PG_URL is not a PostgreSQL URL. ${shape}`);
  const [, authority = '', path = '', query = '', fragment] = match;
  // A "/" "?" or "#" of the password ends the part where user and host stand; what follows then holds the "@".
  const isCut = path.includes('@') || query.split('&').some((pair) => (pair.split('=')[0] ?? '').includes('@'));
  if (fragment !== undefined || isCut) throw new StoreFault(reservedHint);
  return { authority, path, query };
}

function splitHost(text: string, hasUser: boolean): { host: string; port: string } {
  const match = /^(\[[0-9a-fA-F:.]+\]|[^:[\]]*)(?::(.*))?$/.exec(text);
  if (match === null) throw new StoreFault(`The host in PG_URL cannot be read. ${reservedHint}`);
  const [, host = '', port = '5432'] = match;
  if (!/^\d*$/.test(port) && !hasUser) throw new StoreFault(reservedHint);
  return { host: host.replace(/^\[(.*)\]$/, '$1'), port: port === '' ? '5432' : port };
}

function readPort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65_535) throw new StoreFault('The port in PG_URL is not a number from 1 to 65535.');
  return port;
}

function readOptions(query: string): Partial<Record<string, string>> {
  const options: Partial<Record<string, string>> = {};
  for (const pair of query.split('&').filter((part) => part !== '')) {
    const [name = '', ...value] = pair.split('=');
    if (!knownOptions.includes(name)) {
      throw new StoreFault(`PG_URL has an option that Tidegate does not take. It takes ${knownOptions.join(', ')}.`);
    }
    options[name] = decode(value.join('='));
  }
  return options;
}

function readTlsMode(text: string | undefined): TlsMode {
  if (text === undefined) return 'prefer';
  const mode = tlsModes.find((known) => known === text);
  if (mode === undefined) throw new StoreFault(`sslmode in PG_URL must be one of ${tlsModes.join(', ')}.`);
  return mode;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new StoreFault(`PG_URL has a "%" that is not followed by two hexadecimal digits. ${reservedHint}`);
  }
}
