import type { Duplex } from 'node:stream';
import type { AuthPlugin } from 'mysql2';
import { EngineError, type InstanceTarget } from '../engine.ts';
import { refuseUnsafeStream, tokenNotAsked } from '../sign-in.ts';

/** Every other way of the driver to prove a password: none of them may see a token. */
const others = ['mysql_native_password', 'caching_sha2_password', 'sha256_password', 'dialog', 'client_ed25519'];

/**
 * The driver's authentication for one login with a token. It gets no password at all, so that nothing of the token is
 * in its first answer; the token is written when the server asks for a clear-text password, inside verified TLS. The
 * driver's own switch for clear-text passwords would write it without TLS too.
 */
export class TokenPlugins {
  readonly plugins: Record<string, AuthPlugin>;
  readonly #user: string;
  #isSent = false;

  constructor(target: InstanceTarget, user: string, token: string, stream: () => Duplex) {
    this.#user = user;
    const send: AuthPlugin = () => async () => {
      refuseUnsafeStream(target, stream());
      this.#isSent = true;
      return Buffer.from(`${token}\0`, 'utf8');
    };
    const refuse: AuthPlugin = () => async () => {
      throw tokenNotAsked(user);
    };
    this.plugins = { ...Object.fromEntries(others.map((name) => [name, refuse])), mysql_clear_password: send };
  }

  /** A refused login says by itself neither that a token was refused nor that none was wanted. */
  nameRefusal(error: EngineError): EngineError {
    if (error.kind !== 'auth_failed' || error.serverCode === null) return error;
    if (!this.#isSent) return tokenNotAsked(this.#user, error.serverCode);
    return new EngineError('token_refused', error.message, { serverCode: error.serverCode, cause: error });
  }
}
