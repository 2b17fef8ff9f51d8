import type { Dialect } from '@tidegate/sql-analysis/split';

export interface SqlToken {
  readonly kind: 'word' | 'name' | 'punctuation';
  /** A word in lower case, a quoted name without its quotes, or the sign itself. */
  readonly text: string;
  /** As written, where case matters. */
  readonly raw: string;
  readonly start: number;
  readonly end: number;
}

const common = String.raw`--[^\n]*|/\*[\s\S]*?(?:\*/|$)|'(?:[^'\\]|''|\\.)*(?:'|$)`;
const patterns: Readonly<Record<'postgresql' | 'mysql', RegExp>> = {
  postgresql: new RegExp(
    String.raw`(${common}|\$(?<tag>[A-Za-z_]*)\$[\s\S]*?(?:\$\k<tag>\$|$))|"(?<quoted>(?:[^"]|"")*)(?:"|$)|(?<word>[\p{L}_][\p{L}\p{N}_$]*)|(?<sign>\d[\w.]*|[^\s])`,
    'gu',
  ),
  mysql: new RegExp(
    String.raw`(${common}|#[^\n]*|"(?:[^"\\]|""|\\.)*(?:"|$))|${'`'}(?<quoted>(?:[^${'`'}]|${'``'})*)(?:${'`'}|$)|(?<word>[\p{L}_$][\p{L}\p{N}_$]*)|(?<sign>\d[\w.]*|[^\s])`,
    'gu',
  ),
};

/**
 * Words, names and signs of a statement, for completion alone: strings and comments are left out, and a text that is
 * still being typed is read as far as it goes. What runs is decided by the splitter, never by this.
 */
export function sqlTokens(dialect: Dialect, text: string): readonly SqlToken[] {
  const tokens: SqlToken[] = [];
  const isPostgres = dialect === 'postgresql';
  for (const match of text.matchAll(isPostgres ? patterns.postgresql : patterns.mysql)) {
    const { quoted, word, sign } = match.groups ?? {};
    const raw = match[0];
    const place = { raw, start: match.index, end: match.index + raw.length };
    if (word !== undefined) tokens.push({ kind: 'word', text: word.toLowerCase(), ...place });
    else if (sign !== undefined) tokens.push({ kind: 'punctuation', text: sign, ...place });
    else if (quoted !== undefined) {
      tokens.push({
        kind: 'name',
        text: isPostgres ? quoted.replaceAll('""', '"') : quoted.replaceAll('``', '`'),
        ...place,
      });
    }
  }
  return tokens;
}

/** Whether an offset is inside a string or a comment, where nothing is completed. */
export function isInsideText(dialect: Dialect, text: string, offset: number): boolean {
  const before = text.slice(0, offset);
  for (const match of before.matchAll(dialect === 'postgresql' ? patterns.postgresql : patterns.mysql)) {
    if (match[1] === undefined || match.index + match[0].length < offset) continue;
    const raw = match[0];
    if (raw.startsWith('--') || raw.startsWith('#')) return true;
    if (raw.startsWith('/*')) return !(raw.length > 3 && raw.endsWith('*/'));
    const quote = raw[0] ?? '';
    return raw.length === 1 || !raw.endsWith(quote);
  }
  return false;
}
