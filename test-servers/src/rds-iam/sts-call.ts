import type { IncomingMessage } from 'node:http';
import { signatureOf } from './signature.ts';

/** Whoever signed a call, as far as the call itself tells. */
export interface Signer {
  readonly accessKeyId: string;
  readonly sessionToken: string | undefined;
  /** Whether the secret is the one that the call was signed with. */
  hasSecret(secretAccessKey: string): boolean;
}

/** A call of the query protocol: a form in the body with a signed header, or a presigned address. */
export interface StsCall {
  readonly form: URLSearchParams;
  /** Null where nobody signed. */
  readonly signer: Signer | null;
}

export function readStsCall(request: IncomingMessage, body: string): StsCall {
  if (request.method === 'POST') return { form: new URLSearchParams(body), signer: signerOfHeader(request, body) };
  const form = new URL(request.url ?? '/', 'http://sts').searchParams;
  return { form, signer: form.has('X-Amz-Signature') ? signerOfQuery(request, form) : null };
}

function signerOfHeader(request: IncomingMessage, body: string): Signer | null {
  const found = /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\S+), SignedHeaders=([\w;-]+), Signature=([\da-f]{64})$/.exec(
    request.headers.authorization ?? '',
  );
  if (found === null) return null;
  const [, accessKeyId = '', scope = '', signedHeaders = '', signature] = found;
  const header = (name: string): string | undefined => request.headers[name]?.toString();
  const signed = {
    method: 'POST',
    query: [],
    headers: signedHeaders.split(';').map((name) => [name, header(name) ?? ''] as const),
    body,
    dateTime: header('x-amz-date') ?? '',
    scope,
  };
  return {
    accessKeyId,
    sessionToken: header('x-amz-security-token'),
    hasSecret: (secret) => signatureOf(signed, secret) === signature,
  };
}

function signerOfQuery(request: IncomingMessage, form: URLSearchParams): Signer {
  const [accessKeyId = '', ...scope] = (form.get('X-Amz-Credential') ?? '').split('/');
  const signed = {
    method: 'GET',
    query: [...form].filter(([name]) => name !== 'X-Amz-Signature'),
    headers: [['host', request.headers.host ?? '']] as const,
    body: '',
    dateTime: form.get('X-Amz-Date') ?? '',
    scope: scope.join('/'),
  };
  return {
    accessKeyId,
    sessionToken: form.get('X-Amz-Security-Token') ?? undefined,
    hasSecret: (secret) => signatureOf(signed, secret) === form.get('X-Amz-Signature'),
  };
}
