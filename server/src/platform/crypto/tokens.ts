import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** Random text that is safe in a URL; 32 bytes cannot be guessed. */
export function randomToken(bytes = 32): string {
  return randomBytes(bytes).toString('base64url');
}

/** SHA-256 as hexadecimal text. Enough to keep a random token; a password needs argon2. */
export function sha256(text: string | Uint8Array): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Compares in a time that does not tell where the two differ, nor by how much their lengths do. */
export function isSameText(left: string, right: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(left), digest(right));
}
