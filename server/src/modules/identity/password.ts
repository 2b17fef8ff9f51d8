import { hash, verify } from '@node-rs/argon2';

/** argon2id (the library's default kind) with OWASP's first recommendation: 19 MiB, two passes, one lane; some 30 ms. */
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

export function hashPassword(password: string): Promise<string> {
  return hash(password, cost);
}

let decoy: Promise<string> | null = null;

/**
 * Whether it is the password behind the hash. Without a hash (no such person, or none chosen yet) it works as long on a
 * decoy and says no, so that the time does not tell whether somebody is known here.
 */
export async function isPassword(password: string, passwordHash: string | null): Promise<boolean> {
  decoy ??= hashPassword('decoy');
  const matches = await verify(passwordHash ?? (await decoy), password);
  return passwordHash !== null && matches;
}
