import type { Analysis } from './analysis.ts';
import { unsure } from './analysis.ts';
import { IsolatedAnalysis, type Outcome } from './isolated-analysis.ts';
import { textFault } from './limits.ts';
import { analysePostgres } from './postgresql/analyse-postgresql.ts';
import { PgParser } from './postgresql/pg-parser.ts';
import type { Dialect } from './token.ts';

export interface AnalyserOptions {
  /** How many analyses are remembered by text; 1,000 unless told otherwise, 0 for none. */
  readonly cacheSize?: number;
  /** After how many milliseconds a statement is given up; 2,000 unless told otherwise. */
  readonly limitMs?: number;
}

export interface Analyser {
  /** Analyses one statement. Never rejects and never hangs: whatever goes wrong is "not sure". */
  analyse(dialect: Dialect, text: string): Promise<Analysis>;
  /** Loads all parsers, so that the first statement does not wait for them. */
  warmUp(): Promise<void>;
  /** Ends the worker thread. An idle one does not keep the process alive, so this is for tests and clean stops. */
  close(): Promise<void>;
}

/** Up to here PostgreSQL's parser answers within a few milliseconds and is called on the caller's own thread. */
const IN_PROCESS_LENGTH = 10_000;
/** Longer texts are analysed anew each time rather than remembered. */
const CACHED_LENGTH = 10_000;

/** Makes an analyser with its own cache and worker thread; both start empty. */
export function createAnalyser(options: AnalyserOptions = {}): Analyser {
  return new CachingAnalyser(options);
}

class CachingAnalyser implements Analyser {
  private readonly cacheSize: number;
  private readonly isolated: IsolatedAnalysis;
  /** In order of last use. */
  private readonly cache = new Map<string, Analysis>();
  private postgres: Promise<PgParser> | null = null;

  constructor(options: AnalyserOptions) {
    this.cacheSize = options.cacheSize ?? 1_000;
    this.isolated = new IsolatedAnalysis(options.limitMs ?? 2_000);
  }

  async analyse(dialect: Dialect, text: string): Promise<Analysis> {
    const key = `${dialect} ${text}`;
    const known = this.cache.get(key);
    if (known !== undefined) {
      this.remember(key, known);
      return known;
    }
    const fault = textFault(text);
    if (fault !== null) return unsure(fault.message);
    const { analysis, isLasting } = await this.analyseAnew(dialect, text);
    if (isLasting && text.length <= CACHED_LENGTH) this.remember(key, analysis);
    return analysis;
  }

  async warmUp(): Promise<void> {
    this.isolated.start();
    await Promise.all([this.analyse('postgresql', 'SELECT 1'), this.analyse('mysql', 'SELECT 1')]);
  }

  close(): Promise<void> {
    return this.isolated.close();
  }

  private async analyseAnew(dialect: Dialect, text: string): Promise<Outcome> {
    if (dialect !== 'postgresql' || text.length > IN_PROCESS_LENGTH) return this.isolated.analyse({ dialect, text });
    try {
      this.postgres ??= PgParser.create();
      return { analysis: analysePostgres(await this.postgres, text), isLasting: true };
    } catch {
      // The engine stopped in the middle of its work. Its memory is in an unknown state, so a new one takes over.
      this.postgres = null;
      return { analysis: unsure('It is too complex to be analysed.'), isLasting: true };
    }
  }

  private remember(key: string, analysis: Analysis): void {
    this.cache.delete(key);
    this.cache.set(key, analysis);
    const oldest = this.cache.keys().next();
    if (this.cache.size > this.cacheSize && oldest.done !== true) this.cache.delete(oldest.value);
  }
}
