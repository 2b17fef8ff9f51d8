import { createHash } from 'node:crypto';
import type { DatabasePrivilege } from '../engine.ts';

/** What a helper role stands for: all tables of a database, or of one schema of it, also later ones. */
export interface HelperScope {
  readonly database: string;
  readonly schema: string | null;
  readonly privilege: DatabasePrivilege;
}

/** `_r.` or `_w.`, something readable, and a hash that tells two scopes apart whatever their names are cut to. */
const helperName = /[rw]\.[a-z0-9_-]{0,20}\.[0-9a-f]{12}$/;

/**
 * The name of the role that holds a whole scope on one server: the same for everybody with that scope, at most 63
 * bytes. Computed, never looked up: a role that does not have this name does not stand for the scope.
 */
export function helperRoleName(prefix: string, scope: HelperScope): string {
  const { database, schema, privilege } = scope;
  const hash = createHash('sha256')
    .update(JSON.stringify([database, schema, privilege]))
    .digest('hex')
    .slice(0, 12);
  const readable = (schema === null ? database : `${database}-${schema}`)
    .toLowerCase()
    .replaceAll(/[^a-z0-9_-]/g, '')
    .slice(0, 20);
  return `${prefix}${privilege === 'read' ? 'r' : 'w'}.${readable}.${hash}`;
}

/** True for names that `helperRoleName` could have made; names of accounts have no dots. */
export function isHelperRoleName(name: string): boolean {
  return helperName.test(name);
}

export function describeScope(scope: HelperScope): string {
  const where = scope.schema === null ? scope.database : `schema ${scope.schema} of ${scope.database}`;
  return `${scope.privilege} on all of ${where}`;
}
