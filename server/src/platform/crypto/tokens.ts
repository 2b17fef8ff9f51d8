import { randomBytes } from 'node:crypto';

/** Random text that is safe in a URL; 32 bytes cannot be guessed. */
export function randomToken(bytes = 32): string {
  return randomBytes(bytes).toString('base64url');
}
