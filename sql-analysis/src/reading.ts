import type { Analysis } from './analysis.ts';
import { unsure } from './analysis.ts';
import type { Dialect } from './token.ts';

/** Settings that say what an unqualified name means or where a string ends, and ways to change settings. */
const settings: Readonly<Record<Dialect, RegExp>> = {
  postgresql:
    /search_path|standard_conforming_strings|client_encoding|set_config|\bu&|\b(?:names|schema|role|authorization|reset|discard)\b/i,
  mysql: /sql_mode|character_set|\b(?:use|names|charset|character|execute|prepare)\b/i,
  mariadb: /sql_mode|character_set|\b(?:use|names|charset|character|execute|prepare)\b/i,
};
const temporary = /\btemp(?:orary)?\b|pg_temp/i;

/**
 * Whether texts that come after this one in its session may be read otherwise by the server than `analyse` reads them,
 * once it has succeeded: another schema or database comes first, a temporary table hides another, strings end elsewhere.
 * Functions that change settings by themselves are not seen.
 */
export function changesReading(dialect: Dialect, text: string, analysis: Analysis): boolean {
  const { sure, kind } = analysis;
  if (kind === null || kind === 'routine') return true;
  if (kind === 'session' || kind === 'other') return settings[dialect].test(text);
  if (kind === 'ddl' || kind === 'write') return temporary.test(text);
  return !sure && (settings[dialect].test(text) || temporary.test(text));
}

/** The analysis of a text that comes after such a one: what it names may be something else. */
export function readOtherwise(analysis: Analysis): Analysis {
  if (!analysis.sure) return analysis;
  return unsure(
    'After what this session has run, its names may mean something else.',
    analysis.kind,
    analysis.relations,
  );
}
