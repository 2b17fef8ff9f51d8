import { randomBytes } from 'node:crypto';

/** A name for a database or account on a shared server that no other test has: `hr_3f9a01c2`. */
export function uniqueName(prefix: string): string {
  return `${prefix}_${randomBytes(4).toString('hex')}`;
}
