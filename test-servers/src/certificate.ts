import { execFile } from 'node:child_process';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { handOver } from './server-account.ts';

const run = promisify(execFile);

export interface CertificateFiles {
  readonly caFile: string;
  readonly certificateFile: string;
  readonly keyFile: string;
}

const local = 'IP:127.0.0.1,DNS:localhost';

/**
 * Makes a certificate for 127.0.0.1 and localhost, or `names`, as PEM files in `folder`. It is signed by an authority
 * made there too, or by the one that an earlier call left in `authority`.
 */
export async function makeCertificate(folder: string, names = local, authority = folder): Promise<CertificateFiles> {
  await mkdir(folder, { recursive: true });
  const file = (name: string): string => join(folder, name);
  const ofAuthority = (name: string): string => join(authority, name);
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const openssl = (...args: string[]): Promise<unknown> => run('openssl', args, { cwd: folder });
  if (authority === folder) {
    await openssl(
      ...['req', '-x509', ...key, '-subj', '/CN=Tidegate test authority', '-days', '2'],
      ...['-addext', 'keyUsage=critical,keyCertSign,cRLSign', '-keyout', 'ca-key.pem', '-out', 'ca.pem'],
    );
  }
  await openssl('req', ...key, '-subj', '/CN=localhost', '-keyout', 'server-key.pem', '-out', 'server.csr');
  await writeFile(file('server.ext'), `subjectAltName=${names}\nextendedKeyUsage=serverAuth\n`);
  await openssl(
    ...[
      'x509',
      '-req',
      '-in',
      'server.csr',
      '-CA',
      ofAuthority('ca.pem'),
      '-CAkey',
      ofAuthority('ca-key.pem'),
      '-CAcreateserial',
    ],
    ...['-days', '2', '-extfile', 'server.ext', '-out', 'server.pem'],
  );
  await chmod(file('server-key.pem'), 0o600);
  for (const path of [ofAuthority('ca.pem'), file('server.pem'), file('server-key.pem')]) handOver(path);
  await chmod(folder, 0o755);
  await chmod(ofAuthority('ca.pem'), 0o644);
  return { caFile: ofAuthority('ca.pem'), certificateFile: file('server.pem'), keyFile: file('server-key.pem') };
}
