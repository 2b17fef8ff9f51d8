import type { Analysis, TextRange } from '../analysis.ts';
import { unsure } from '../analysis.ts';
import { MAX_NESTING } from '../limits.ts';
import { nestingOf } from '../nesting.ts';
import type { Token } from '../token.ts';
import { lexPostgres } from './pg-lexer.ts';
import type { PgParser } from './pg-parser.ts';
import { PgRelationWalk } from './pg-relation-walk.ts';
import { walkStatement } from './pg-statement.ts';

/**
 * Analyses one statement that textFault() let pass. Throws only when the parser's engine failed; the parser
 * must then be renewed and the answer is "not sure".
 */
export function analysePostgres(parser: PgParser, text: string): Analysis {
  const lexed = lexPostgres(text);
  if (lexed.unterminated !== null) return unsure(lexed.unterminated.reason);
  if (lexed.tokens.length === 0) return unsure('There is no statement in the text.');
  if (nestingOf(lexed.tokens, text) > MAX_NESTING) return unsure(`It is nested more than ${MAX_NESTING} levels deep.`);
  const parsed = parser.parse(text);
  if (!parsed.ok) return unsure(`It does not parse: ${parsed.message}.`);
  const [statement, second] = parsed.statements;
  if (statement === undefined) return unsure('There is no statement in the text.');
  if (second !== undefined) return unsure('The text holds more than one statement.');
  const walk = new PgRelationWalk(locator(text, lexed.tokens));
  const kind = walkStatement(statement, walk);
  const relations = walk.uses.list();
  const [doubt] = walk.doubts;
  if (doubt !== undefined) return unsure(doubt, kind, relations);
  if (kind === null) return unsure('Tidegate does not know this statement.', null, relations);
  return { sure: true, kind, relations, functions: [...walk.functions] };
}

/** Turns the parser's UTF-8 byte offset of a name into the UTF-16 range of the whole qualified name. */
function locator(text: string, tokens: readonly Token[]): (byteOffset: number, parts: number) => TextRange {
  let byStart: Map<number, number> | null = null;
  const toUtf16 = byteToUtf16(text);
  return (byteOffset, parts) => {
    byStart ??= new Map(tokens.map((token, index) => [token.start, index]));
    const start = toUtf16(byteOffset);
    const first = byStart.get(start) ?? -1;
    // A name of n parts is n tokens with a dot between each two.
    const last = tokens[first + 2 * (parts - 1)];
    return { start, end: first === -1 || last === undefined ? start : last.end };
  };
}

function byteToUtf16(text: string): (byteOffset: number) => number {
  let offsets: number[] | null = null;
  const isAscii = !/[^\0-\x7f]/.test(text);
  if (isAscii) return (byteOffset) => byteOffset;
  return (byteOffset) => {
    offsets ??= utf16Offsets(text);
    return offsets[byteOffset] ?? text.length;
  };
}

function utf16Offsets(text: string): number[] {
  const offsets: number[] = [];
  let at = 0;
  for (const char of text) {
    const code = char.codePointAt(0) ?? 0;
    const bytes = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (let byte = 0; byte < bytes; byte++) offsets.push(at);
    at += char.length;
  }
  return offsets;
}
