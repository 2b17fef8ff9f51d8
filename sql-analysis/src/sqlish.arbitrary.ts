import fc from 'fast-check';

/** Pieces where lexers and parsers go wrong: quotes, comment edges, keywords, odd blanks, halves of things. */
// biome-ignore format: a table of pieces reads better in rows
const PIECES = [
  'SELECT', 'FROM', 'WITH', 'AS', 'UPDATE', 'SET', 'INSERT INTO', 'DELETE', 'WHERE', 'JOIN', 'ON', 'UNION', 'VALUES',
  'EXPLAIN', 'SHOW', 'CASE', 'END', 'BEGIN', 'ATOMIC', 'CREATE FUNCTION', 'FOR UPDATE', 'RECURSIVE', 'USING', 'LIMIT',
  'a', 'b', 'hr.a', 't', '"q"', '`q`', '`q``r`', '"q""r"', 'é', '😀', '1', '1.5', '.5', '1e5', '0x1F', '1a', '*', ',',
  '.', '(', ')', '[', ']', ';', '=', '+', '-', '--', '-- ', '#', '/*', '*/', '/*!', '/*+', '/**/', "'", "'x'", "''", '"',
  '`', '\\', "E'\\''", "N'x'", "x'41'", '$', '$$', '$a$', '$1', '?', '@x', '@@x', '@`x`', ':=', '::', '->', '{', '}',
  '\n', '\t', '\r\n', ' ', '\u00a0', '\u3000', '\u200b', '\ufeff', '\u0001', '\0', '\ud800', 'U&"x"', "U&'x'",
];

/** Texts made of such pieces, mixed with arbitrary ones. */
export const sqlish: fc.Arbitrary<string> = fc.oneof(
  fc.array(fc.constantFrom(...PIECES), { maxLength: 40 }).map((pieces) => pieces.join(' ')),
  fc.array(fc.constantFrom(...PIECES), { maxLength: 40 }).map((pieces) => pieces.join('')),
  fc.string({ unit: 'binary', maxLength: 100 }),
);
