import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { databaseOfGrant, quoteName, quoteText, quoteWholeDatabase } from './quote.ts';

describe('quoting', () => {
  it('doubles what would end a name', () => {
    expect(quoteName('a`; DROP USER x; -- ')).toBe('`a``; DROP USER x; -- `');
  });

  it('escapes what would end a text or begin an escape', () => {
    expect(quoteText("O'Brien \\ \0")).toBe("'O\\'Brien \\\\ \\0'");
  });

  it('escapes pattern characters of a whole database', () => {
    expect(quoteWholeDatabase('hr_prod%', 'pattern')).toBe('`hr\\_prod\\%`.*');
    expect(quoteWholeDatabase('hr_prod%', 'name')).toBe('`hr_prod%`.*');
  });

  it('knows no single database behind a pattern', () => {
    expect(databaseOfGrant('hr_prod', 'pattern')).toBeNull();
    expect(databaseOfGrant('hr%', 'pattern')).toBeNull();
    expect(databaseOfGrant('hr\\\\_prod', 'pattern')).toBeNull();
    expect(databaseOfGrant('hr\\_prod', 'pattern')).toBe('hr_prod');
    expect(databaseOfGrant('hr_prod', 'name')).toBe('hr_prod');
  });

  it('reads back the database that it wrote, whatever its name', () => {
    const names = fc.string({ unit: fc.constantFrom('a', '_', '%', '\\', '`', "'", '.', ' ', 'ü') });
    fc.assert(
      fc.property(names, fc.constantFrom('pattern' as const, 'name' as const), (name, reading) => {
        const written = quoteWholeDatabase(name, reading).slice(1, -3).replaceAll('``', '`');
        expect(databaseOfGrant(written, reading)).toBe(name);
      }),
    );
  });
});
