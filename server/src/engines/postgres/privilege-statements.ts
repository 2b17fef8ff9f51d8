import type { Difference } from './privilege-difference.ts';
import { quoteName, quoteQualified } from './quote.ts';

/** So many objects in one statement keep it short enough to log and quick to parse. */
const objectsPerStatement = 500;

/** `other` things as `GRANT` and `REVOKE` call them; the keys are those of `pg_identify_object`. */
const otherKeywords: Readonly<Record<string, string>> = {
  aggregate: 'ROUTINE',
  function: 'ROUTINE',
  procedure: 'ROUTINE',
  domain: 'DOMAIN',
  type: 'TYPE',
  language: 'LANGUAGE',
  'foreign-data wrapper': 'FOREIGN DATA WRAPPER',
  server: 'FOREIGN SERVER',
  'large object': 'LARGE OBJECT',
};

/** The statements that close the differences, what is missing first. */
export function privilegeStatements(differences: readonly Difference[], role: string): string[] {
  return (['missing', 'surplus', 'option'] as const).flatMap((is) =>
    statementsFor(
      differences.filter((difference) => difference.is === is),
      is,
      quoteName(role),
    ),
  );
}

function statementsFor(differences: readonly Difference[], is: Difference['is'], role: string): string[] {
  return groupObjects(differences).flatMap(([privileges, objects]) =>
    chunksOf(objects).map((some) => {
      if (is === 'missing') return `GRANT ${privileges}${some.join(', ')} TO ${role}`;
      return `REVOKE ${is === 'option' ? 'GRANT OPTION FOR ' : ''}${privileges}${some.join(', ')} FROM ${role}`;
    }),
  );
}

/** Objects that share `<privileges> ON <keyword> `, in the order in which they come. */
function groupObjects(differences: readonly Difference[]): [string, string[]][] {
  const privilegesOf = new Map<string, { difference: Difference; privileges: string[] }>();
  for (const difference of differences) {
    const key = `${difference.what} ${difference.oid} ${difference.column ?? ''}`;
    const entry = privilegesOf.get(key);
    if (entry === undefined) privilegesOf.set(key, { difference, privileges: [difference.privilege] });
    else entry.privileges.push(difference.privilege);
  }
  const groups = new Map<string, string[]>();
  for (const { difference, privileges } of privilegesOf.values()) {
    const object = objectOf(difference, privileges);
    if (object === null) continue;
    const [head, name] = object;
    const group = groups.get(head);
    if (group === undefined) groups.set(head, [name]);
    else group.push(name);
  }
  return [...groups];
}

function objectOf(difference: Difference, privileges: readonly string[]): [string, string] | null {
  const { what, schema, name, column, otherType, identity } = difference;
  const list = privileges.join(', ');
  switch (what) {
    case 'relation':
      return [`${list} ON TABLE `, quoteQualified(schema ?? '', name)];
    case 'sequence':
      return [`${list} ON SEQUENCE `, quoteQualified(schema ?? '', name)];
    case 'schema':
      return [`${list} ON SCHEMA `, quoteName(name)];
    case 'column': {
      const columns = privileges.map((privilege) => `${privilege} (${quoteName(column ?? '')})`).join(', ');
      return [`${columns} ON TABLE `, quoteQualified(schema ?? '', name)];
    }
    case 'other': {
      const keyword = otherKeywords[otherType ?? ''];
      // `pg_identify_object` quotes where needed; what it calls by a word that GRANT lacks is left to the check.
      return keyword === undefined || identity === null ? null : [`ALL ON ${keyword} `, identity];
    }
  }
}

function chunksOf(items: readonly string[]): string[][] {
  const chunks: string[][] = [];
  for (let index = 0; index < items.length; index += objectsPerStatement) {
    chunks.push(items.slice(index, index + objectsPerStatement));
  }
  return chunks;
}

/** One line for each object that changes. */
export function describeDifferences(differences: readonly Difference[], database: string): string[] {
  const lines = new Map<string, { is: Difference['is']; where: string; privileges: string[] }>();
  for (const difference of differences) {
    const { is, privilege } = difference;
    const where = placeOf(difference, database);
    const line = lines.get(`${is} ${where}`);
    if (line === undefined) lines.set(`${is} ${where}`, { is, where, privileges: [privilege] });
    else line.privileges.push(privilege);
  }
  return [...lines.values()].map(({ is, where, privileges }) => {
    if (is === 'missing') return `granted ${nameOf(privileges)} on ${where}`;
    return `revoked ${is === 'option' ? 'the right to pass on ' : ''}${nameOf(privileges)} on ${where}`;
  });
}

export function placeOf({ what, schema, name, column, otherType }: Difference, database: string): string {
  switch (what) {
    case 'relation':
      return `${database}.${schema}.${name}`;
    case 'column':
      return `column ${column} of ${database}.${schema}.${name}`;
    case 'sequence':
      return `sequence ${database}.${schema}.${name}`;
    case 'schema':
      return `schema ${database}.${name}`;
    case 'other':
      return `${otherType ?? 'object'} ${name} in ${database}`;
  }
}

/** In the product's words where the privileges are exactly those. */
function nameOf(privileges: readonly string[]): string {
  const set = new Set(privileges);
  if (set.size === 1 && set.has('SELECT')) return 'read';
  if (set.has('INSERT') && set.has('UPDATE') && set.has('DELETE') && set.size === (set.has('SELECT') ? 4 : 3))
    return 'write';
  return privileges.join(', ');
}
