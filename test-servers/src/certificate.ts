import { execFile } from 'node:child_process';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { handOver } from './server-account.ts';

const run = promisify(execFile);

export interface CertificateFiles {
  readonly caFile: string;
  readonly certificateFile: string;
  readonly keyFile: string;
}

/** Makes an authority and a certificate for 127.0.0.1 and localhost that it signed, as PEM files in `folder`. */
export async function makeCertificate(folder: string): Promise<CertificateFiles> {
  const file = (name: string): string => join(folder, name);
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const openssl = (...args: string[]): Promise<unknown> => run('openssl', args, { cwd: folder });
  await openssl(
    ...['req', '-x509', ...key, '-subj', '/CN=Tidegate test authority', '-days', '2'],
    ...['-addext', 'keyUsage=critical,keyCertSign,cRLSign', '-keyout', 'ca-key.pem', '-out', 'ca.pem'],
  );
  await openssl('req', ...key, '-subj', '/CN=localhost', '-keyout', 'server-key.pem', '-out', 'server.csr');
  await writeFile(file('server.ext'), 'subjectAltName=IP:127.0.0.1,DNS:localhost\nextendedKeyUsage=serverAuth\n');
  await openssl(
    ...['x509', '-req', '-in', 'server.csr', '-CA', 'ca.pem', '-CAkey', 'ca-key.pem', '-CAcreateserial'],
    ...['-days', '2', '-extfile', 'server.ext', '-out', 'server.pem'],
  );
  await chmod(file('server-key.pem'), 0o600);
  for (const name of ['ca.pem', 'server.pem', 'server-key.pem']) handOver(file(name));
  await chmod(folder, 0o755);
  await chmod(file('ca.pem'), 0o644);
  return { caFile: file('ca.pem'), certificateFile: file('server.pem'), keyFile: file('server-key.pem') };
}
