import { isSameRelation } from '../../engines/engine.ts';
import type { RelationChanges, RelationName } from './catalog-changes.ts';

export interface KnownRelation extends RelationName {
  /** Changes when the relation is dropped and made again. */
  readonly identity: string;
}

/**
 * What differs between two readings of one database. By name, because scopes are by name; a name that now stands for
 * something else is `replaced`: what was granted on it may or may not have survived at the server.
 */
export function compareRelations(before: readonly KnownRelation[], after: readonly KnownRelation[]): RelationChanges {
  const known = new Map(before.map((relation) => [keyOf(relation), relation.identity]));
  const added: RelationName[] = [];
  const replaced: RelationName[] = [];
  for (const relation of after) {
    const key = keyOf(relation);
    const identity = known.get(key);
    known.delete(key);
    if (identity === undefined) added.push(nameOf(relation));
    else if (!isSameRelation(identity, relation.identity)) replaced.push(nameOf(relation));
  }
  const removed = before.filter((relation) => known.has(keyOf(relation))).map(nameOf);
  return { added, replaced, removed };
}

export function isUnchanged(changes: RelationChanges): boolean {
  return changes.added.length + changes.replaced.length + changes.removed.length === 0;
}

function keyOf({ schema, name }: RelationName): string {
  return JSON.stringify([schema, name]);
}

function nameOf({ schema, name }: RelationName): RelationName {
  return { schema, name };
}
