import { StoreFault } from './store-fault.ts';
import type { StoreUrl } from './store-url.ts';

type Explanation = (url: StoreUrl) => string;

const where = (url: StoreUrl): string =>
  url.host.startsWith('/') ? `the socket in ${url.host}` : `${url.host}, port ${url.port}`;

/** By the code of PostgreSQL, the system or the TLS library; never by the text, which changes with versions. */
const explanations: Readonly<Record<string, Explanation>> = {
  '28P01': (url) =>
    `PostgreSQL refused the password of "${url.user}". Check the user and password in PG_URL; reserved characters in ` +
    'them must be encoded ("@" is %40, ":" is %3A, "/" is %2F, "#" is %23, "?" is %3F, "%" is %25).',
  '28000': (url) =>
    `PostgreSQL does not let "${url.user}" in from here: the user does not exist, or the server's pg_hba.conf has no ` +
    'line for this user, database, address and kind of encryption (see sslmode).',
  '3D000': (url) =>
    `The database "${url.database}" does not exist. Create it: CREATE DATABASE "${url.database}" OWNER "${url.user}";`,
  '42501': (url) =>
    `"${url.user}" lacks a right in "${url.database}". Give it: GRANT CONNECT, CREATE, TEMPORARY ON DATABASE ` +
    `"${url.database}" TO "${url.user}"; a schema "tidegate" that exists must belong to "${url.user}".`,
  '53300': () => 'PostgreSQL has no connection free (max_connections). End some, or raise the limit.',
  '57P03': () => 'PostgreSQL is starting up or shutting down. Try again in a moment.',
  '25006': (url) => `PostgreSQL at ${where(url)} is read-only. PG_URL must name the primary server.`,
  ENOTFOUND: (url) => `The host name "${url.host}" in PG_URL is not known. Check its spelling and the name service.`,
  EAI_AGAIN: (url) => `The host name "${url.host}" in PG_URL could not be looked up: the name service does not answer.`,
  ECONNREFUSED: (url) => `Nothing listens at ${where(url)}. Is PostgreSQL running there, and is the port right?`,
  ENOENT: (url) => `There is no PostgreSQL socket for port ${url.port} in ${url.host}.`,
  ETIMEDOUT: (url) => `${where(url)} does not answer. Check the host, the port and the firewalls in between.`,
  EHOSTUNREACH: (url) => `There is no route to ${url.host}. Check the host and the network.`,
  ENETUNREACH: (url) => `There is no route to ${url.host}. Check the host and the network.`,
  ECONNRESET: (url) => `The connection to ${where(url)} was closed at once. Is it PostgreSQL that listens there?`,
  CERT_HAS_EXPIRED: (url) => `The certificate of ${url.host} has expired. Renew it at the server.`,
  ERR_TLS_CERT_ALTNAME_INVALID: (url) =>
    `The certificate of the server is not for "${url.host}". Use the name it was made for, or sslmode=verify-ca.`,
};

const untrusted: Explanation = (url) =>
  `The certificate of ${url.host} is not signed by an authority that is trusted here. Name the file of the authority in ` +
  'PG_URL: sslrootcert=/path/to/ca.pem (the authorities of the system and of Amazon RDS are known already).';

const untrustedCodes = [
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_SIGNATURE_FAILURE',
];

/** Says in words why the store could not be reached, and what to do. */
export function explainConnectError(error: unknown, url: StoreUrl): StoreFault {
  if (error instanceof StoreFault) return error;
  const code = codeOf(error);
  if (untrustedCodes.includes(code)) return new StoreFault(untrusted(url), error);
  const explanation = explanations[code];
  if (explanation !== undefined) return new StoreFault(explanation(url), error);
  if (isWithoutTls(error)) {
    const text = `PostgreSQL at ${where(url)} has no TLS, and sslmode=${url.tlsMode} demands it.`;
    return new StoreFault(`${text} Switch TLS on at the server, or use sslmode=prefer.`, error);
  }
  const text = `The metadata store at ${where(url)} cannot be used (${describe(error)}).`;
  return new StoreFault(`${text} Is it PostgreSQL that listens there?`, error);
}

/** The server said that it has no TLS; the driver has no code for this. */
export function isWithoutTls(error: unknown): boolean {
  return error instanceof Error && error.message === 'The server does not support SSL connections';
}

/** PostgreSQL's own "no entry in pg_hba.conf for this kind of connection" and the like. */
export function isRefusedForThisEncryption(error: unknown): boolean {
  return codeOf(error) === '28000';
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  // Several addresses of one name were tried: the first failure tells.
  if (error instanceof AggregateError) return codeOf(error.errors[0]);
  const { code } = error as { code?: unknown };
  if (typeof code === 'string') return code;
  if (error.message === 'timeout expired' || error.message.includes('connection timeout')) return 'ETIMEDOUT';
  return error.message === 'Connection terminated unexpectedly' ? 'ECONNRESET' : '';
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
