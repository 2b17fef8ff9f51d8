import { createAnalyser } from './analyser.ts';
import type { Analysis } from './analysis.ts';
import type { Dialect } from './token.ts';

export { type Analyser, type AnalyserOptions, createAnalyser } from './analyser.ts';
export type {
  Analysis,
  RelationPrivilege,
  RelationUse,
  StatementKind,
  SureAnalysis,
  TextRange,
  UnsureAnalysis,
} from './analysis.ts';
export { outlivingWork } from './mysql/outliving.ts';
export { changesReading, readOtherwise } from './reading.ts';
export { type MaskedText, maskMessage, maskSecrets, maskSecretsAnywhere } from './secrets/mask-secrets.ts';
export { type Split, type SplitFaultCode, type StatementText, splitStatements, statementAt } from './split.ts';
export type { Dialect } from './token.ts';

const shared = createAnalyser();

/** Analyses one statement with the process's shared analyser. Never rejects and never hangs. */
export function analyse(dialect: Dialect, text: string): Promise<Analysis> {
  return shared.analyse(dialect, text);
}

/** Loads the parsers of the shared analyser, so that the first statement does not wait for them (some 0.2 s). */
export function warmUp(): Promise<void> {
  return shared.warmUp();
}
