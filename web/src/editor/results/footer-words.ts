import { numberWords, plural } from '../../lib/plural.ts';
import type { Run } from '../state/editor-tab.ts';

/** `12 ms`, `1.24 s`: short times to the tenth of a millisecond below 10. */
export function millisecondsWords(ms: number): string {
  if (ms < 10) return `${(Math.round(ms * 10) / 10).toString()} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  return `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;
}

/** How many rows, and what cut them: `first 1,000 rows of more; limit max_rows`. */
export function rowWords({ rows, finished, state }: Pick<Run, 'rows' | 'finished' | 'state'>): string {
  if (state === 'running') return `${plural(rows.rowCount, 'row')} so far`;
  if (finished === null) return plural(rows.rowCount, 'row');
  const { cut, affectedRows } = finished;
  const hasRows = (rows.columns?.length ?? 0) > 0;
  if (cut !== null) return `first ${numberWords(rows.rowCount)} rows of more; limit ${cut.rule}`;
  if (hasRows && affectedRows === null) return plural(rows.rowCount, 'row');
  const affected = `${plural(affectedRows ?? 0, 'row')} affected`;
  return hasRows ? `${plural(rows.rowCount, 'row')}, ${affected}` : affectedRows === null ? 'no rows' : affected;
}

/** Which of two larger limits comes next; null where the largest was in force. */
export function nextLimit<L extends number>(limits: readonly L[], now: number): L | null {
  return limits.find((limit) => limit > now) ?? null;
}
