import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAnalyser } from './analyser.ts';
import type { Analysis } from './analysis.ts';
import { MAX_NESTING, MAX_TEXT_BYTES } from './limits.ts';
import { sqlish } from './sqlish.arbitrary.ts';
import type { Dialect } from './token.ts';

const dialects: readonly Dialect[] = ['postgresql', 'mysql', 'mariadb'];
const analyser = createAnalyser();

beforeAll(() => analyser.warmUp());
afterAll(() => analyser.close());

function checkShape(analysis: Analysis, text: string): void {
  if (!analysis.sure) expect(analysis.reason).toMatch(/^[A-Z].*\.$/s);
  for (const { name, positions } of analysis.relations) {
    expect(name).not.toBe('');
    for (const { start, end } of positions) {
      expect(start).toBeGreaterThanOrEqual(0);
      expect(end).toBeGreaterThan(start);
      expect(end).toBeLessThanOrEqual(text.length);
    }
  }
}

describe.each(dialects)('analysis, %s', (dialect) => {
  it('never rejects, gives reasons as sentences, and keeps positions inside the text', async () => {
    await fc.assert(
      fc.asyncProperty(sqlish, async (text) => checkShape(await analyser.analyse(dialect, text), text)),
      { numRuns: 500 },
    );
  });

  it('is not sure of a text over the cap', async () => {
    const analysis = await analyser.analyse(dialect, `SELECT '${'x'.repeat(MAX_TEXT_BYTES)}'`);
    expect(analysis).toMatchObject({ sure: false, reason: 'The text is longer than 100 kB.' });
  });

  it('is not sure of half a character', async () => {
    const analysis = await analyser.analyse(dialect, "SELECT '\ud800' FROM a");
    expect(analysis).toMatchObject({ sure: false, reason: 'The text holds half of a character (a lone surrogate).' });
  });

  it('is not sure of deep nesting, whatever nests', async () => {
    const deep = `SELECT ${'('.repeat(5_000)}1${')'.repeat(5_000)}`;
    const expected = { sure: false, reason: `It is nested more than ${MAX_NESTING} levels deep.` };
    expect(await analyser.analyse(dialect, deep)).toMatchObject(expected);
    const cases = `SELECT ${'CASE WHEN '.repeat(100)}1${' THEN 1 END'.repeat(100)}`;
    expect(await analyser.analyse(dialect, cases)).toMatchObject(expected);
  });

  it('survives a chain that is too long for the parsers, and the next statement is as good as ever', async () => {
    const chain = `SELECT 1${'+1'.repeat(30_000)} FROM a`;
    expect(await analyser.analyse(dialect, chain)).toMatchObject({ sure: false });
    expect(await analyser.analyse(dialect, `SELECT * FROM after_${dialect}`)).toMatchObject({
      sure: true,
      relations: [{ name: `after_${dialect}` }],
    });
  });

  it('keeps its reasons short, however long the names', async () => {
    const analysis = await analyser.analyse(dialect, `SELECT ${'x'.repeat(50_000)}(1)`);
    expect(analysis.sure ? '' : analysis.reason).toMatch(/^The function x+(?:….$| may)/);
    expect(analysis.sure ? 0 : analysis.reason.length).toBeLessThan(250);
  });

  it('is sure of a long list', async () => {
    const list = `SELECT * FROM a WHERE x IN (${Array.from({ length: 5_000 }, (_, index) => index).join(', ')})`;
    expect(await analyser.analyse(dialect, list)).toMatchObject({
      sure: true,
      kind: 'read',
      relations: [{ name: 'a' }],
    });
  });

  it('remembers what it found', async () => {
    const text = 'SELECT * FROM remembered';
    expect(await analyser.analyse(dialect, text)).toBe(await analyser.analyse(dialect, text));
  });

  it('keeps dialects apart', async () => {
    const text = 'SELECT "x" FROM A';
    const names = await Promise.all(
      dialects.map(async (one) => (await analyser.analyse(one, text)).relations[0]?.name),
    );
    expect(names).toEqual(['a', 'A', 'A']);
  });
});

describe('an analyser of its own', () => {
  it('forgets the least recently used text', async () => {
    const small = createAnalyser({ cacheSize: 2 });
    const first = await small.analyse('postgresql', 'SELECT 1');
    await small.analyse('postgresql', 'SELECT 2');
    expect(await small.analyse('postgresql', 'SELECT 1')).toBe(first);
    const second = await small.analyse('postgresql', 'SELECT 3').then(() => small.analyse('postgresql', 'SELECT 1'));
    expect(second).toBe(first);
    await small.analyse('postgresql', 'SELECT 4');
    await small.analyse('postgresql', 'SELECT 5');
    expect(await small.analyse('postgresql', 'SELECT 1')).not.toBe(first);
    await small.close();
  });

  it('gives up a statement that takes longer than the limit, and goes on with the next', async () => {
    const hasty = createAnalyser({ limitMs: 1 });
    const slow = `SELECT * FROM a WHERE x IN (${'1, '.repeat(20_000)} 2)`;
    const reason = 'Its analysis took longer than 0.001 s.';
    expect(await hasty.analyse('mysql', slow)).toMatchObject({ sure: false, reason });
    await hasty.close();
    // A statement that was given up is not remembered: with more time it is analysed.
    expect(await analyser.analyse('mysql', slow)).toMatchObject({ sure: true });
  });

  it('answers what is under way when it is closed', async () => {
    const closing = createAnalyser();
    const pending = closing.analyse('mysql', 'SELECT * FROM a');
    const waiting = closing.analyse('mysql', 'SELECT * FROM b');
    await closing.close();
    expect(await pending).toMatchObject({ sure: false, reason: 'The analysis was closed.' });
    expect(await waiting).toMatchObject({ sure: false, reason: 'The analysis was closed.' });
  });
});
