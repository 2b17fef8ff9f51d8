import { randomInt } from 'node:crypto';

const alphabet = 'abcdefghijklmnopqrstuvwxyz0123456789';
/** MySQL's limit; PostgreSQL's is wider, but one name for all engines reads the same everywhere. */
const longest = 32;
const randomLength = 6;

/**
 * `tg_<installation>_<instance>_<login name>_<random>`: readable in the server's process list, unique by its end, at
 * most 32 characters, and only letters, digits and underscores, so that no server folds or misreads it. Names of helper
 * roles have dots: an account's never has.
 */
export function makeAccountName(prefix: string, email: string): string {
  const login = (email.split('@')[0] ?? '')
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '');
  const room = longest - prefix.length - randomLength - 1;
  const end = Array.from({ length: randomLength }, () => alphabet[randomInt(alphabet.length)]).join('');
  return `${prefix}${(login === '' ? 'person' : login).slice(0, room)}_${end}`;
}

/** True for names that are accounts of ours on this instance; false for helper roles and anything else. */
export function isAccountName(prefix: string, name: string): boolean {
  return name.startsWith(prefix) && !name.includes('.');
}

/** True for the throw-away accounts of the capability check, which the store does not know. */
export function isProbeName(name: string): boolean {
  return /^tg_[a-z0-9]{4}_[a-z0-9]{4}_(?:probe|check)_[0-9a-f]{6}$/.test(name);
}
