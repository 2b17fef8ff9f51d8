import { createHash, randomBytes } from 'node:crypto';

/** A sign-in ends when it was not used for this long, … */
export const idleHours = 12;
/** … and after this long in any case. */
export const longestDays = 7;
export const longestSeconds = longestDays * 24 * 60 * 60;

/** 256 random bits: what the browser keeps, or an invitation link carries. */
export function newToken(): string {
  return randomBytes(32).toString('base64url');
}

/** What the store keeps of it: whoever reads the store cannot sign in with that. A plain hash is enough for 256 random bits. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
