import { randomBytes } from 'node:crypto';

/** How an operator makes a key; part of every message about one. */
export const howToMakeKey = 'Make one with: openssl rand -base64 32';

/**
 * One key, or several separated by commas: the first seals, the others still open what they sealed. Each is 32 bytes as
 * base64 (either alphabet) or hexadecimal; `undefined` when one is not.
 */
export function parseSecretKeys(text: string): readonly Buffer[] | undefined {
  const keys = text.split(',').map((part) => parseKey(part.trim()));
  return keys.every((key) => key !== undefined) ? keys : undefined;
}

function parseKey(text: string): Buffer | undefined {
  if (/^[0-9a-fA-F]{64}$/.test(text)) return Buffer.from(text, 'hex');
  if (!/^[A-Za-z0-9+/_-]{43}=?$/.test(text)) return undefined;
  const key = Buffer.from(text, 'base64');
  return key.length === 32 ? key : undefined;
}

export function makeSecretKey(): string {
  return randomBytes(32).toString('base64');
}
