import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { auditSentences } from './audit-sentences.ts';

const modules = join(import.meta.dirname, '../modules');

/** Kinds of events as the modules write them: `area.verb` after `kind:` or in a conditional there. */
function writtenKinds(): string[] {
  const kinds = new Set<string>();
  for (const entry of readdirSync(modules, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !/^(?!.*\.test\.).*\.ts$/.test(entry.name) || entry.name.endsWith('test-kit.ts')) continue;
    const text = readFileSync(join(entry.parentPath, entry.name), 'utf8');
    for (const [line] of text.matchAll(/\bkind: [^\n]*/g)) {
      for (const [, kind = ''] of line.matchAll(/'([a-z]+\.[a-z_]+)'/g)) kinds.add(kind);
    }
  }
  return [...kinds].toSorted();
}

describe('the record in words', () => {
  test('every kind of event that a module writes has a sentence', () => {
    const kinds = writtenKinds();
    expect(kinds).toEqual(expect.arrayContaining(['statement.started', 'request.approved', 'person.added']));
    // The audit module's own kinds have their words there.
    expect(kinds.filter((kind) => !kind.startsWith('audit.') && !Object.hasOwn(auditSentences, kind))).toEqual([]);
  });

  test('no sentence breaks on an event that carries nothing', () => {
    for (const [kind, words] of Object.entries(auditSentences)) {
      expect(words({ who: 'Ada', data: {} }), kind).toMatch(/\S/);
    }
  });

  test.each([
    [
      'session.opened',
      { database: 'hr_prod', project: 'HR', instance: 'Prod', account: 'tg_a_b_dev_1', backend: '4711' },
      'Ada opened a session on hr_prod at Prod (HR) as tg_a_b_dev_1, connection 4711.',
    ],
    [
      'statement.started',
      {
        database: 'hr_prod',
        project: null,
        instance: 'Prod',
        text: 'select *\n from salary',
        tables: ['public.salary'],
      },
      'Ada sent a statement to hr_prod at Prod (public.salary): select * from salary',
    ],
    [
      'statement.finished',
      { database: 'hr_prod', instance: 'Prod', state: 'succeeded', rows: 1200, affectedRows: null, errorMessage: null },
      'A statement of Ada on hr_prod at Prod succeeded, 1,200 rows.',
    ],
    [
      'statement.refused',
      { database: 'hr_prod', missing: [{ schema: 'public', table: 'salary', privilege: 'read' }], text: 'select 1' },
      'Ada was refused read on salary on hr_prod: select 1',
    ],
    [
      'request.created',
      {
        number: 7,
        project: 'HR',
        scope: 'salary in hr_prod',
        privileges: ['read'],
        reason: 'Payroll',
        expiry: { kind: 'after', minutes: 60 },
      },
      'Ada asked for read on salary in hr_prod in HR for 60 min (request #7): “Payroll”.',
    ],
    [
      'request.approved',
      { number: 7, project: 'HR', requester: 'dev', scope: 'salary in hr_prod', privileges: ['read'], comment: '' },
      'Ada approved request #7 of dev in HR, read on salary in hr_prod.',
    ],
  ])('%s', (kind, data, sentence) => {
    expect(auditSentences[kind]?.({ who: 'Ada', data })).toBe(sentence);
  });
});
