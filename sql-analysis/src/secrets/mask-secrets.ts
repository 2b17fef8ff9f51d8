import { lexMysql } from '../mysql/mysql-lexer.ts';
import { lexPostgres } from '../postgresql/pg-lexer.ts';
import type { Dialect, Lexed, Token } from '../token.ts';
import { SecretWalk } from './secret-walk.ts';
import { isSecretName, mask, maskLoosely, mayHoldSecret } from './secret-words.ts';

export interface MaskedText {
  /** The text with `'***'` in place of each secret; the same text where it holds none. */
  readonly text: string;
  /** What was masked, as it was written between its quotes. */
  readonly secrets: readonly string[];
}

/**
 * Takes passwords and keys out of a statement before it is kept: `PASSWORD '…'`, `IDENTIFIED BY '…'`, values of names
 * like `secret`, connection strings and URLs in literals and comments, bodies of routines included. Where the text
 * cannot be delimited as the server would, everything from the first secret word on is left out. What a statement says
 * by position alone (`INSERT … VALUES ('x')`) is not known to be a secret and stays.
 */
export function maskSecrets(dialect: Dialect, text: string): MaskedText {
  if (!mayHoldSecret(text)) return { text, secrets: [] };
  const lexed = dialect === 'postgresql' ? lexPostgres(text) : lexOpened(text);
  if (lexed.unterminated !== null) return cutAtFirst(text);
  const walk = new SecretWalk(text);
  const secrets: string[] = [];
  let result = '';
  let at = 0;
  for (const token of lexed.tokens) {
    result += maskLoosely(text.slice(at, token.start));
    at = token.end;
    const written = text.slice(token.start, token.end);
    if (walk.isSecret(token)) {
      // With standard_conforming_strings off the server would not see an end here.
      if (/\\'$/.test(written)) return cutAtFirst(text);
      secrets.push(insideOf(written));
      result += `'${mask}'`;
    } else result += token.kind === 'string' ? maskInside(dialect, written, secrets) : written;
  }
  result += maskLoosely(text.slice(at));
  return { text: result, secrets };
}

/** The same where nobody knows which server the text is for. */
export function maskSecretsAnywhere(text: string): string {
  return maskSecrets('mysql', maskSecrets('postgresql', text).text).text;
}

/** A message that may quote the statement: its secrets, and secrets of its own kind. */
export function maskMessage(message: string, statement: MaskedText): string {
  let masked = message;
  for (const secret of statement.secrets.toSorted((left, right) => right.length - left.length)) {
    for (const form of new Set([secret, secret.replaceAll("''", "'"), secret.replaceAll(/\\(.)/g, '$1')])) {
      if (form.length >= 3) masked = masked.replaceAll(form, mask);
      else if (form !== '') masked = masked.replaceAll(`'${form}'`, `'${mask}'`).replaceAll(`"${form}"`, `"${mask}"`);
    }
  }
  // MySQL quotes the rest of the statement, cut anywhere.
  if (statement.secrets.length > 0) masked = masked.replace(/near '[\s\S]*'( at line)/, `near '${mask}'$1`);
  return maskLoosely(masked);
}

/** Comments that MySQL runs are statement text: their opening is blanked, so that what they hold is read as such. */
function lexOpened(text: string): Lexed {
  let open = text;
  for (;;) {
    const lexed = lexMysql(open);
    const runs = lexed.tokens.find((token) => token.kind === 'executable');
    if (runs === undefined) return lexed;
    open = blanked(open, runs);
  }
}

function blanked(text: string, { start }: Token): string {
  const opening = /^\/\*M?!\d*/.exec(text.slice(start, start + 12))?.[0].length ?? 2;
  return text.slice(0, start) + ' '.repeat(opening) + text.slice(start + opening);
}

function maskInside(dialect: Dialect, literal: string, secrets: string[]): string {
  if (!mayHoldSecret(literal)) return literal;
  const tag = /^\$[^$]*\$/.exec(literal)?.[0];
  if (tag === undefined) return withinQuotes(literal);
  const body = maskSecrets(dialect, literal.slice(tag.length, -tag.length));
  secrets.push(...body.secrets);
  return `${tag}${body.text}${tag}`;
}

function withinQuotes(literal: string): string {
  const open = literal.search(/['"]/);
  return `${literal.slice(0, open + 1)}${maskLoosely(literal.slice(open + 1, -1))}${literal.slice(-1)}`;
}

/** Without prefix and quotes. */
function insideOf(literal: string): string {
  const tag = /^\$[^$]*\$/.exec(literal)?.[0];
  if (tag !== undefined) return literal.slice(tag.length, -tag.length);
  return literal.replace(/^[^'"]*['"]/, '').replace(/['"]$/, '');
}

/** Everything from the first secret word on is left out, since nobody knows where the secret ends. */
function cutAtFirst(text: string): MaskedText {
  for (const word of text.matchAll(/[\p{L}\p{N}_$]+|:\/\//gu)) {
    if (!isSecretName(word[0]) && !/^(?:identified|:\/\/)$|crypt|hmac/i.test(word[0])) continue;
    const end = word.index + word[0].length;
    return { text: `${text.slice(0, end)} ${mask}`, secrets: [text.slice(end).trim()] };
  }
  return { text, secrets: [] };
}
