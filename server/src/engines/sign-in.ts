import { isIP } from 'node:net';
import { checkServerIdentity, type PeerCertificate, TLSSocket } from 'node:tls';
import { EngineError, type InstanceTarget } from './engine.ts';

/** Who logs in, and with what. Both engines take it for every physical connection. */
export interface SignIn {
  readonly user: string;
  readonly password: () => Promise<string>;
  /** True where `password` is a token: see `TokenSignIn` for where it may be written. */
  readonly isToken: boolean;
}

export function connectingUser({ user, password, tokens }: InstanceTarget): SignIn {
  return { user, password, isToken: tokens !== undefined };
}

/** One of the temporary accounts. Its password counts only where accounts have passwords. */
export function accountOf({ tokens }: InstanceTarget, account: string, password: string): SignIn {
  if (tokens === undefined || tokens.accounts === null) {
    return { user: account, password: () => Promise.resolve(password), isToken: false };
  }
  return { user: account, password: () => tokens.token(account), isToken: true };
}

/** What must be so before a token is made at all. */
export function refuseUnsafeTarget({ host, tls }: InstanceTarget, { isToken }: SignIn): void {
  if (isToken && (host.startsWith('/') || tls.mode !== 'verify-full')) throw unsafe();
}

/** What must be so at the moment a token is written. `authorized` becomes true only after the handshake. */
export function refuseUnsafeStream({ tls }: InstanceTarget, stream: unknown): void {
  if (tls.mode === 'verify-full' && stream instanceof TLSSocket && stream.authorized && !stream.destroyed) return;
  throw unsafe();
}

function unsafe(): EngineError {
  return new EngineError(
    'tls_required',
    'A token is never written to a connection that is not encrypted and verified.',
  );
}

/** The server wants something else than a token, so it does not take this user for one who has tokens. */
export function tokenNotAsked(user: string, serverCode: string | null = null): EngineError {
  return new EngineError('auth_failed', `The server does not ask ${user} for a token.`, { serverCode });
}

/** Passes when the certificate is for one of the names that it may be for. */
export function checkNames(target: InstanceTarget, certificate: PeerCertificate): Error | undefined {
  const refusals: Error[] = [];
  for (const name of namesOf(target)) {
    const refusal = checkServerIdentity(name, certificate);
    if (refusal === undefined) return undefined;
    refusals.push(refusal);
  }
  return refusals[0];
}

/** The name for the hello; RFC 6066 forbids addresses there. */
export function helloName(target: InstanceTarget): string | null {
  return namesOf(target).find((name) => isIP(name) === 0 && !name.startsWith('/')) ?? null;
}

function namesOf({ host, tls }: InstanceTarget): readonly string[] {
  return tls.names ?? [host];
}

/** Obtains the secret; what the method itself says goes on as it is. */
export async function obtainSecret(signIn: SignIn): Promise<string> {
  try {
    return await signIn.password();
  } catch (cause) {
    if (cause instanceof EngineError) throw cause;
    throw new EngineError('auth_failed', `No password could be had for the user ${signIn.user}.`, { cause });
  }
}

/** A login that failed, in the words of whoever made the token. */
export async function explained(target: InstanceTarget, signIn: SignIn, error: unknown): Promise<unknown> {
  if (!signIn.isToken || target.tokens === undefined || !(error instanceof EngineError)) return error;
  return await target.tokens.explain(error, signIn.user);
}
