import type { ScopeView } from '@tidegate/contract';
import { type ReactNode, useMemo } from 'react';
import css from './ScopeSentence.module.css';

/** Names beyond these would make the pattern slow for a scope of thousands of tables; a sentence names only a few. */
const knownNames = 60;

function namesIn(scope: ScopeView): string[] {
  const names = scope.databases.flatMap((database) => [
    database.name,
    ...database.schemas,
    ...database.tables.flatMap(({ schema, table }) => [`${schema}.${table}`, table]),
  ]);
  return [...new Set(names)].filter((name) => name !== '').slice(0, knownNames);
}

const escaped = (name: string) => name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** A sentence of the server about a scope, with the names of databases and tables in mono. The words stay as they are. */
export function ScopeSentence({ sentence, scope }: { sentence: string; scope: ScopeView }): ReactNode {
  const pattern = useMemo(() => {
    const names = namesIn(scope).sort((a, b) => b.length - a.length);
    return names.length === 0
      ? null
      : new RegExp(`(?<![\\p{L}\\p{N}_])(${names.map(escaped).join('|')})(?![\\p{L}\\p{N}_])`, 'u');
  }, [scope]);
  if (pattern === null) return sentence;
  // Splitting by a pattern with one group puts the names at the odd places.
  return sentence.split(new RegExp(pattern, 'gu')).map((part, index) =>
    index % 2 === 1 ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one sentence never move
      <span key={index} className={css.name}>
        {part}
      </span>
    ) : (
      part
    ),
  );
}
