import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_STATEMENTS, MAX_TEXT_BYTES } from './limits.ts';
import { lexMysql } from './mysql/mysql-lexer.ts';
import { lexPostgres } from './postgresql/pg-lexer.ts';
import { splitStatements, statementAt } from './split.ts';
import { sqlish } from './sqlish.arbitrary.ts';
import type { Dialect } from './token.ts';

const dialects: readonly Dialect[] = ['postgresql', 'mysql', 'mariadb'];

function texts(dialect: Dialect, text: string): string[] {
  const split = splitStatements(dialect, text);
  if (!split.ok) throw new Error(`${split.code} at ${split.position}`);
  return split.statements.map((statement) => statement.text);
}

describe.each(dialects)('split, %s', (dialect) => {
  it('cuts at semicolons and drops what is blank or comment', () => {
    expect(texts(dialect, ' SELECT 1 ;; -- x\n ; /* y */ ; SELECT 2 -- z')).toEqual(['SELECT 1', 'SELECT 2']);
  });

  it('leaves semicolons in strings, names and comments alone', () => {
    const name = dialect === 'postgresql' ? '"a;b"' : '`a;b`';
    expect(texts(dialect, `SELECT ';' /* ; */, ${name}; SELECT 2`)).toEqual([
      `SELECT ';' /* ; */, ${name}`,
      'SELECT 2',
    ]);
  });

  it('finds nothing in an empty text', () => {
    expect(texts(dialect, '')).toEqual([]);
    expect(texts(dialect, ' ;; -- x')).toEqual([]);
  });

  it('goes on behind a statement with an error', () => {
    expect(texts(dialect, 'SELECT 1; SELEC (; SELECT 3')).toEqual(['SELECT 1', 'SELEC (', 'SELECT 3']);
  });

  it('refuses text over the cap, counted in bytes', () => {
    const split = splitStatements(dialect, `SELECT '${'é'.repeat(MAX_TEXT_BYTES / 2)}'`);
    expect(split).toMatchObject({ ok: false, code: 'sql.too_long', position: null });
    expect(splitStatements(dialect, `SELECT '${'e'.repeat(MAX_TEXT_BYTES / 2)}'`).ok).toBe(true);
  });

  it('refuses too many statements and points at the first of them', () => {
    const split = splitStatements(dialect, 'x;'.repeat(MAX_STATEMENTS + 1));
    expect(split).toMatchObject({ ok: false, code: 'sql.too_many_statements', position: 2 * MAX_STATEMENTS });
    expect(splitStatements(dialect, 'x;'.repeat(MAX_STATEMENTS)).ok).toBe(true);
  });

  it('refuses what never ends and points at where it begins', () => {
    for (const open of ["'x", '/* x', dialect === 'postgresql' ? '"x' : '`x']) {
      const split = splitStatements(dialect, `SELECT 1; SELECT ${open}; SELECT 2`);
      expect(split).toMatchObject({ ok: false, code: 'sql.unterminated', position: 17 });
    }
  });

  it('refuses text that no server takes', () => {
    expect(splitStatements(dialect, 'SELECT \0')).toMatchObject({ ok: false, code: 'sql.invalid_text', position: 7 });
    expect(splitStatements(dialect, "'\u{1F600}\uD800'")).toMatchObject({ code: 'sql.invalid_text', position: 3 });
  });

  it('never throws, keeps offsets in range, and drops nothing but blanks, comments and semicolons', () => {
    fc.assert(
      fc.property(sqlish, (text) => {
        const split = splitStatements(dialect, text);
        if (!split.ok) {
          expect(split.position === null || (split.position >= 0 && split.position <= text.length)).toBe(true);
          return;
        }
        let rest = 0;
        for (const { text: piece, start, end } of split.statements) {
          expect(start).toBeGreaterThanOrEqual(rest);
          expect(end).toBeGreaterThan(start);
          expect(text.slice(start, end)).toBe(piece);
          expect(isEmpty(dialect, text.slice(rest, start))).toBe(true);
          rest = end;
        }
        expect(isEmpty(dialect, text.slice(rest))).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  it('cuts its own pieces no further', () => {
    fc.assert(
      fc.property(sqlish, (text) => {
        const split = splitStatements(dialect, text);
        if (!split.ok) return;
        for (const statement of split.statements) {
          // `--;` is two minus signs, `--` at the end of a text is a comment: both as the server has it.
          if (!statement.text.endsWith('--')) expect(texts(dialect, statement.text)).toEqual([statement.text]);
        }
      }),
      { numRuns: 500 },
    );
  });
});

function isEmpty(dialect: Dialect, text: string): boolean {
  const { tokens } = dialect === 'postgresql' ? lexPostgres(text) : lexMysql(text);
  return tokens.every((token) => token.kind === 'semicolon');
}

describe('split, by the rules of one server', () => {
  it('PostgreSQL: dollar quotes, escape strings, nested comments', () => {
    const text = "SELECT $a$ ; $b$ ; $a$; SELECT E'\\';'; SELECT '\\'; /* /* ; */ ; */ SELECT 4";
    expect(texts('postgresql', text)).toEqual(['SELECT $a$ ; $b$ ; $a$', "SELECT E'\\';'", "SELECT '\\'", 'SELECT 4']);
  });

  it('PostgreSQL: a routine with an SQL body is one statement', () => {
    const body =
      'CREATE OR REPLACE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT CASE WHEN true THEN 1 END; END';
    expect(texts('postgresql', `${body}; SELECT 2`)).toEqual([body, 'SELECT 2']);
  });

  it('PostgreSQL: BEGIN of a transaction ends at its semicolon', () => {
    expect(texts('postgresql', 'BEGIN; SELECT 1; END')).toEqual(['BEGIN', 'SELECT 1', 'END']);
  });

  it('PostgreSQL: a rule with several actions is one statement', () => {
    const rule = 'CREATE RULE r AS ON INSERT TO t DO ALSO (DELETE FROM a; DELETE FROM b)';
    expect(texts('postgresql', `${rule}; SELECT 2`)).toEqual([rule, 'SELECT 2']);
  });

  it('MySQL: backslashes, two minus signs, hash comments, comments that do not nest', () => {
    const text = "SELECT 'a\\';', 5--1; SELECT 2 # ;\n; /* /* ; */ SELECT 3";
    expect(texts('mysql', text)).toEqual(["SELECT 'a\\';', 5--1", 'SELECT 2', 'SELECT 3']);
  });

  it('MySQL: a comment that the server runs is a statement', () => {
    expect(texts('mysql', '/*!50000 DROP TABLE a */; /* nothing */;')).toEqual(['/*!50000 DROP TABLE a */']);
  });

  it('MySQL: a stored program is one statement', () => {
    const program =
      'CREATE PROCEDURE p() BEGIN IF a THEN SELECT 1; END IF; CASE b WHEN 1 THEN SELECT 2; END CASE; BEGIN SELECT 3; END; END';
    expect(texts('mysql', `${program}; SELECT 4`)).toEqual([program, 'SELECT 4']);
  });
});

describe('the statement at the cursor', () => {
  const text = 'SELECT 1;\n\nSELECT 22 ; SELECT 3';

  it.each([
    [0, 'SELECT 1'],
    [9, 'SELECT 1'],
    [10, 'SELECT 1'],
    [11, 'SELECT 22'],
    [21, 'SELECT 22'],
    [23, 'SELECT 3'],
    [30, 'SELECT 3'],
  ])('at %i it is %s', (offset, expected) => {
    const found = statementAt('postgresql', text, offset);
    expect(found?.text).toBe(expected);
    expect(text.slice(found?.start, found?.end)).toBe(expected);
  });

  it('is the first one before any, and none in an empty text', () => {
    expect(statementAt('mysql', '  -- x\n SELECT 1', 0)?.text).toBe('SELECT 1');
    expect(statementAt('mysql', ' -- x', 3)).toBeNull();
  });

  it('is found while a quote is still open', () => {
    expect(statementAt('mysql', "SELECT 1; SELECT 'x", 19)?.text).toBe("SELECT 'x");
  });

  it('is found in a text over the cap', () => {
    const long = `SELECT 1; ${'x'.repeat(MAX_TEXT_BYTES)}; SELECT 2`;
    expect(statementAt('mysql', long, long.length)?.text).toBe('SELECT 2');
  });
});

describe('the module for the browser', () => {
  it('reaches neither WebAssembly nor Node', () => {
    const seen = new Set<string>();
    const visit = (file: URL): void => {
      if (seen.has(file.href)) return;
      seen.add(file.href);
      for (const [, imported = ''] of readFileSync(file, 'utf8').matchAll(/from '([^']+)'/g)) {
        expect(imported).toMatch(/^\.\.?\//);
        visit(new URL(imported, file));
      }
    };
    visit(new URL('./split.ts', import.meta.url));
    expect(seen.size).toBeGreaterThan(4);
  });
});
