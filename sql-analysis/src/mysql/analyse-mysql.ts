import type { Analysis } from '../analysis.ts';
import { unsure } from '../analysis.ts';
import { MAX_NESTING } from '../limits.ts';
import { nestingOf } from '../nesting.ts';
import type { Dialect } from '../token.ts';
import { analyseQuery } from './analyse-query.ts';
import type { Lexeme } from './lexemes.ts';
import { hasWords, isOperator, toLexemes } from './lexemes.ts';
import { lexMysql } from './mysql-lexer.ts';
import { analyseDescribe, analyseSmallStatement } from './small-statements.ts';

/**
 * Analyses one statement that textFault() let pass; loadMysqlParsers() must have run in this thread. Throws only
 * when a parser's engine broke, after which the thread must not be used again.
 */
export function analyseMysql(dialect: Dialect, text: string): Analysis {
  const lexed = lexMysql(text);
  const fault = lexed.unterminated ?? lexed.concern;
  if (fault !== null) return unsure(fault.reason);
  if (nestingOf(lexed.tokens, text) > MAX_NESTING) return unsure(`It is nested more than ${MAX_NESTING} levels deep.`);
  const semicolon = lexed.tokens.findIndex((token) => token.kind === 'semicolon');
  if (semicolon !== -1 && semicolon < lexed.tokens.length - 1) return unsure('The text holds more than one statement.');
  const lexemes = toLexemes(text, semicolon === -1 ? lexed.tokens : lexed.tokens.slice(0, -1));
  if (lexemes.length === 0) return unsure('There is no statement in the text.');
  return analyseFrom(dialect, lexemes);
}

function analyseFrom(dialect: Dialect, lexemes: readonly Lexeme[]): Analysis {
  const word = lexemes[0]?.word ?? '';
  if (word === 'EXPLAIN' || word === 'DESCRIBE' || word === 'DESC') return analyseExplain(dialect, lexemes);
  // MariaDB's ANALYZE runs the statement; ANALYZE TABLE is another thing.
  if (word === 'ANALYZE' && dialect === 'mariadb') {
    const inner = analyseQuery(dialect, lexemes, behindFormat(lexemes, 1));
    if (inner !== null) return inner;
  }
  return analyseQuery(dialect, lexemes, 0) ?? analyseSmallStatement(lexemes);
}

/** The servers check the privileges of an explained statement even when they do not run it. */
function analyseExplain(dialect: Dialect, lexemes: readonly Lexeme[]): Analysis {
  let at = 1;
  const runs = lexemes[at]?.word === 'ANALYZE';
  if (runs || lexemes[at]?.word === 'EXTENDED' || lexemes[at]?.word === 'PARTITIONS') at++;
  const inner = analyseQuery(dialect, lexemes, behindFormat(lexemes, at));
  if (inner !== null) return runs ? inner : { ...inner, kind: 'explain' };
  return analyseDescribe(lexemes, 1) ?? unsure('EXPLAIN is written in an unknown way.', 'explain');
}

/** Index behind `FORMAT = word`, if that stands at `at`. */
function behindFormat(lexemes: readonly Lexeme[], at: number): number {
  return hasWords(lexemes, at, 'FORMAT') && isOperator(lexemes[at + 1], '=') ? at + 3 : at;
}
