import { lookup as lookUp } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { EngineError } from '../../engines/engine.ts';
import { AppError } from '../../platform/errors/app-error.ts';

/**
 * Which hosts an instance may name. Tidegate dials what an administrator types, so addresses that answer with
 * credentials of the machine itself are refused: link-local ones and the metadata services of the clouds, also when a
 * name leads there. Private networks and the machine itself are allowed: that is where databases are.
 */

const refused = new BlockList();
refused.addSubnet('169.254.0.0', 16, 'ipv4');
refused.addSubnet('fe80::', 10, 'ipv6');
// NAT64 and IPv4-compatible spellings of 169.254.0.0/16; `::ffff:169.254.…` is known to BlockList itself.
refused.addSubnet('64:ff9b::a9fe:0', 112, 'ipv6');
refused.addSubnet('::a9fe:0', 112, 'ipv6');
// Metadata services outside the link-local range: AWS over IPv6, Google over IPv6, Alibaba, Azure, Oracle.
refused.addAddress('fd00:ec2::254', 'ipv6');
refused.addAddress('fd20:ce::254', 'ipv6');
refused.addAddress('100.100.100.200', 'ipv4');
refused.addAddress('168.63.129.16', 'ipv4');
refused.addAddress('192.0.0.192', 'ipv4');

const metadataNames = new Set([
  'metadata',
  'metadata.google.internal',
  'metadata.goog',
  'instance-data',
  'instance-data.ec2.internal',
]);

/** Resolves a name to all its addresses; replaced in tests, because a name that leads to a metadata service is needed. */
export type ResolveHost = (name: string) => Promise<readonly string[]>;

const resolveHost: ResolveHost = async (name) =>
  (await lookup(name, { all: true, verbatim: true })).map(({ address }) => address);

/**
 * Refuses with `instance.host_refused`. A name that does not resolve passes: the connection then fails with words of
 * its own. The name is resolved again when it is dialled; `guardedLookup` then holds the rule.
 */
export async function checkHost(host: string, resolve: ResolveHost = resolveHost): Promise<void> {
  if (host.startsWith('/')) return;
  if (!/^[\p{L}\p{N}._:%-]+$/u.test(host)) {
    throw refusal(host, 'A host is a name, an address, or the absolute path of a socket.');
  }
  const name = host.toLowerCase().replace(/\.+$/, '');
  if (metadataNames.has(name)) throw refusal(host, forbiddenPlace);
  const addresses = isIP(name) === 0 ? await resolve(name).catch(() => []) : [name];
  if (addresses.some(isRefused)) throw refusal(host, forbiddenPlace);
}

/**
 * Resolves a name for a dial and refuses what may not be dialled: the addresses that were looked at are the ones that
 * are used, so a name server that answers differently the second time gains nothing.
 */
export function guardLookup(resolve: LookupFunction): LookupFunction {
  return (name, options, callback) => {
    resolve(name, options, (error, found, family) => {
      const addresses = typeof found === 'string' ? [found] : (found ?? []).map(({ address }) => address);
      const isForbidden = error === null && addresses.some(isRefused);
      const refusedHere = new EngineError('refused', `The host ${name} is refused.`, { hint: forbiddenPlace });
      callback(isForbidden ? refusedHere : error, found, family);
    });
  };
}

export const guardedLookup: LookupFunction = guardLookup(lookUp);

const forbiddenPlace =
  'Link-local addresses and metadata services of clouds are never dialled. Use the address of the database server.';

function isRefused(address: string): boolean {
  const bare = address.replace(/%.*$/, '');
  const family = isIP(bare);
  // What is neither cannot have come from a resolver: fail closed.
  return family === 0 || refused.check(bare, family === 6 ? 'ipv6' : 'ipv4');
}

function refusal(host: string, why: string): AppError {
  return new AppError('instance.host_refused', `The host ${host} is refused. ${why}`, { details: { host } });
}
