import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { isIP } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { howToMakeKey, parseSecretKeys, Secret } from '../crypto/index.ts';

/** What the environment says, checked. Each key is described in the README. */
export interface Config {
  /** PORT, 8080. */
  readonly port: number;
  /** HOST, 127.0.0.1: nothing is open to the network by default. The container image sets 0.0.0.0. */
  readonly host: string;
  /** TIDEGATE_DATA, absolute; `.tidegate` in the current folder. */
  readonly dataFolder: string;
  /** PG_URL; without it the embedded store is used. */
  readonly pgUrl: Secret | undefined;
  /** TIDEGATE_EXTERNAL_URL without a slash at the end, as in `https://tidegate.example.com`. */
  readonly externalUrl: string | undefined;
  /** TIDEGATE_TRUSTED_PROXIES: addresses and networks whose X-Forwarded headers are believed; none by default. */
  readonly trustedProxies: readonly string[];
  /** TIDEGATE_SECRET_KEY: the newest first; without it one is generated. */
  readonly secretKey: Secret | undefined;
}

export type ConfigResult =
  | { readonly ok: true; readonly config: Config; readonly warnings: readonly string[] }
  | { readonly ok: false; readonly faults: readonly string[] };

type Environment = Readonly<Partial<Record<string, string>>>;

const knownKeys = ['TIDEGATE_DATA', 'TIDEGATE_EXTERNAL_URL', 'TIDEGATE_TRUSTED_PROXIES', 'TIDEGATE_SECRET_KEY'];

/** Reads the configuration. All faults are told at once, one sentence each, and never repeat a secret. */
export function readConfig(environment: Environment, currentFolder = process.cwd()): ConfigResult {
  const faults: string[] = [];
  const read = <T>(key: string, fallback: T, parse: (text: string) => T | Fault): T => {
    const text = environment[key]?.trim();
    if (text === undefined || text === '') return fallback;
    const value = parse(text);
    if (!(value instanceof Fault)) return value;
    faults.push(`${key} ${value.message}`);
    return fallback;
  };
  const config: Config = {
    port: read('PORT', 8080, parsePort),
    host: read('HOST', '127.0.0.1', parseHost),
    dataFolder: read('TIDEGATE_DATA', defaultDataFolder(currentFolder), (text) => resolve(currentFolder, text)),
    pgUrl: read<Secret | undefined>('PG_URL', undefined, parsePgUrl),
    externalUrl: read<string | undefined>('TIDEGATE_EXTERNAL_URL', undefined, parseExternalUrl),
    trustedProxies: read('TIDEGATE_TRUSTED_PROXIES', [], parseProxies),
    secretKey: read<Secret | undefined>('TIDEGATE_SECRET_KEY', undefined, parseSecretKey),
  };
  return faults.length > 0 ? { ok: false, faults } : { ok: true, config, warnings: warnUnknown(environment) };
}

class Fault {
  readonly message: string;

  constructor(message: string) {
    this.message = message;
  }
}

function parsePort(text: string): number | Fault {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : -1;
  return port >= 0 && port <= 65_535 ? port : new Fault('must be a number from 0 to 65535 (0: any free port).');
}

function parseHost(text: string): string | Fault {
  if (isIP(text) !== 0 || /^[a-zA-Z0-9]([a-zA-Z0-9.-]*[a-zA-Z0-9])?$/.test(text)) return text;
  return new Fault('must be an address or a host name to listen on, without a port: 127.0.0.1, 0.0.0.0, ::');
}

function parsePgUrl(text: string): Secret | Fault {
  if (/^postgres(ql)?:\/\//.test(text)) return new Secret(text);
  return new Fault('must begin with postgresql:// as in postgresql://user:password@host:5432/database');
}

function parseExternalUrl(text: string): string | Fault {
  const wanted = 'must be the address people open, without a path: https://tidegate.example.com';
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) return new Fault(wanted);
  const hasMore = url.pathname !== '/' || url.search !== '' || url.hash !== '' || url.username !== '';
  return hasMore ? new Fault(wanted) : url.origin;
}

function parseProxies(text: string): readonly string[] | Fault {
  const parts = text.split(',').map((part) => part.trim());
  const wrong = parts.filter((part) => !isAddressOrNetwork(part));
  if (wrong.length === 0) return parts;
  return new Fault(`must be addresses or networks separated by commas (10.0.0.0/8, ::1); wrong: ${wrong.join(', ')}`);
}

function isAddressOrNetwork(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}

function parseSecretKey(text: string): Secret | Fault {
  if (parseSecretKeys(text) !== undefined) return new Secret(text);
  return new Fault(`must be 32 random bytes as base64 or hexadecimal, or several separated by commas. ${howToMakeKey}`);
}

/** A misspelt key would otherwise be a setting that silently does nothing. */
function warnUnknown(environment: Environment): readonly string[] {
  return Object.keys(environment)
    .filter((key) => key.startsWith('TIDEGATE_') && !key.startsWith('TIDEGATE_TEST_') && !knownKeys.includes(key))
    .map((key) => `${key} is not a setting of Tidegate; it has ${knownKeys.join(', ')}.`);
}

/**
 * Root runs the embedded PostgreSQL as another user, who cannot get below a folder that is closed to others, such as
 * root's home. Then the data goes to /var/lib, under a name that belongs to the current folder alone.
 */
function defaultDataFolder(currentFolder: string): string {
  if (process.getuid?.() !== 0 || isOpenToOthers(currentFolder)) return join(currentFolder, '.tidegate');
  const name = createHash('sha256').update(currentFolder).digest('hex').slice(0, 8);
  return `/var/lib/tidegate-${name}`;
}

function isOpenToOthers(folder: string): boolean {
  const parent = dirname(folder);
  const canEnter = (statSync(folder).mode & 0o001) !== 0;
  return canEnter && (parent === folder || isOpenToOthers(parent));
}
