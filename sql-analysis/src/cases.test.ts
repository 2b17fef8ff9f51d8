import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { createAnalyser } from './analyser.ts';
import type { Analysis, RelationPrivilege, StatementKind } from './analysis.ts';
import type { Dialect } from './token.ts';

/** See cases/README.md. */
interface Case {
  readonly name: string;
  readonly sql: string;
  readonly kind?: StatementKind;
  readonly reads?: readonly string[];
  readonly writes?: readonly string[];
  readonly functions?: readonly string[];
  readonly unsure?: string;
  readonly only?: Dialect;
}

const FIELDS = new Set(['name', 'sql', 'kind', 'reads', 'writes', 'functions', 'unsure', 'only']);
const folder = new URL('../cases/', import.meta.url);
const analyser = createAnalyser();

beforeAll(() => analyser.warmUp());
afterAll(() => analyser.close());

describe.each<[Dialect, string]>([
  ['postgresql', 'postgresql/'],
  ['mysql', 'mysql/'],
  ['mariadb', 'mysql/'],
])('%s', (dialect, place) => {
  const files = readdirSync(new URL(place, folder)).filter((name) => name.endsWith('.yaml'));

  describe.each(files)('%s', (file) => {
    const cases = casesIn(new URL(place + file, folder)).filter(({ only }) => only === undefined || only === dialect);

    it.each(cases)('$name', async (expected) => {
      const analysis = await analyser.analyse(dialect, expected.sql);
      checkVerdict(analysis, expected);
      checkRelations(analysis, expected);
      checkPositions(analysis, expected.sql);
    });
  });

  it('has at least 60 cases', () => {
    const all = files.flatMap((file) => casesIn(new URL(place + file, folder)));
    expect(all.length).toBeGreaterThanOrEqual(60);
    expect(new Set(all.map(({ sql }) => sql)).size).toBe(all.length);
  });
});

function casesIn(file: URL): Case[] {
  const cases: Case[] = parse(readFileSync(file, 'utf8'));
  for (const one of cases) {
    const unknown = Object.keys(one).filter((field) => !FIELDS.has(field));
    if (unknown.length > 0 || typeof one.sql !== 'string') throw new Error(`Broken case "${one.name}" in ${file}`);
  }
  return cases;
}

function checkVerdict(analysis: Analysis, expected: Case): void {
  if (expected.unsure === undefined) {
    expect(analysis).toMatchObject({ sure: true, kind: expected.kind });
  } else {
    expect(analysis).toMatchObject({ sure: false, reason: expect.stringContaining(expected.unsure) });
    if (expected.kind !== undefined) expect(analysis.kind).toBe(expected.kind);
  }
  if (expected.functions !== undefined) {
    expect(analysis.sure && analysis.functions.toSorted()).toEqual(expected.functions.toSorted());
  }
}

function checkRelations(analysis: Analysis, expected: Case): void {
  if (!analysis.sure && expected.reads === undefined && expected.writes === undefined) return;
  expect(namesOf(analysis, 'read')).toEqual((expected.reads ?? []).toSorted());
  expect(namesOf(analysis, 'write')).toEqual((expected.writes ?? []).toSorted());
}

function namesOf(analysis: Analysis, privilege: RelationPrivilege): string[] {
  return analysis.relations
    .filter((use) => use.privilege === privilege)
    .map((use) => (use.schema === null ? use.name : `${use.schema}.${use.name}`))
    .toSorted();
}

/** Every position shows the name as it is written, give or take quotes and case. */
function checkPositions(analysis: Analysis, sql: string): void {
  for (const use of analysis.relations) {
    expect(use.positions.length).toBeGreaterThan(0);
    for (const { start, end } of use.positions) {
      const written = sql.slice(start, end);
      const isEscaped = /^u&"|""|``/i.test(written);
      const isCut = Buffer.byteLength(use.name) === 63;
      if (!isEscaped && !isCut) expect(written.toLowerCase()).toContain(use.name.toLowerCase());
      expect(written).not.toBe('');
    }
  }
}
