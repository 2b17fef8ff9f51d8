import type { Analysis, RelationUse } from '@tidegate/sql-analysis';
import { describe, expect, it } from 'vitest';
import { judge, type RelationTarget, type ResolvedUse, refusalSentence } from './verdict.ts';

const use = (name: string, privilege: 'read' | 'write' = 'read'): RelationUse => ({
  schema: null,
  name,
  privilege,
  positions: [{ start: 0, end: name.length }],
});
const target = (table: string): RelationTarget => ({
  databaseId: 'd1',
  databaseName: 'hr_prod',
  projectId: 'p1',
  hidesNames: false,
  schema: 'public',
  table,
});
const known = (name: string, privilege: 'read' | 'write' = 'read'): ResolvedUse => ({
  use: use(name, privilege),
  target: target(name),
});
const sure = (...uses: ResolvedUse[]): Analysis => ({
  sure: true,
  kind: 'read',
  relations: uses.map((item) => item.use),
  functions: [],
});
const access = (...granted: string[]) => ({
  can: (_: string, privilege: string, __: string, table: string) => privilege === 'read' && granted.includes(table),
  canRequest: () => true,
});

describe('a verdict', () => {
  it('allows what is granted and names exactly what is missing', () => {
    const uses = [known('employee'), known('salary'), known('title')];
    const verdict = judge(sure(...uses), uses, access('employee'));
    expect(verdict.isAllowed).toBe(false);
    expect(verdict.missing.map((item) => item.table)).toEqual(['salary', 'title']);
    expect(verdict.relations.map((item) => item.status)).toEqual(['granted', 'requestable', 'requestable']);
  });

  it('asks for writing apart from reading', () => {
    const uses = [known('employee'), known('employee', 'write')];
    const verdict = judge(sure(...uses), uses, access('employee'));
    expect(verdict.missing).toEqual([expect.objectContaining({ table: 'employee', privilege: 'write' })]);
  });

  it('leaves an unknown relation to the server instead of refusing it', () => {
    const uses: ResolvedUse[] = [{ use: use('made_this_session'), target: null }];
    const verdict = judge(sure(...uses), uses, access());
    expect(verdict.isAllowed).toBe(true);
    expect(verdict.relations[0]?.status).toBe('unknown');
  });

  it('never refuses on an analysis that is not sure, but still says what seems missing', () => {
    const uses = [known('salary')];
    const analysis: Analysis = { sure: false, kind: null, reason: 'It does not parse.', relations: [] };
    const verdict = judge(analysis, uses, access());
    expect(verdict.isAllowed).toBe(true);
    expect(verdict.missing).toHaveLength(1);
  });

  it('marks as out of reach what the person may not even ask for', () => {
    const uses = [known('salary')];
    const verdict = judge(sure(...uses), uses, { ...access(), canRequest: () => false });
    expect(verdict.relations[0]?.status).toBe('out_of_reach');
    expect(refusalSentence(verdict.missing)).toBe(
      'You may not read salary in hr_prod. Ask a Project Owner or an administrator.',
    );
  });

  it('lists a table once however often it is used', () => {
    const uses = [known('salary'), known('salary')];
    expect(judge(sure(...uses), uses, access()).missing).toHaveLength(1);
  });
});
