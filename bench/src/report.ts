import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';

/** One measured figure beside its bar. */
export interface Figure {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  /** The bar of the project, where there is one; `most` or `least`. */
  readonly bar?: { readonly most?: number; readonly least?: number };
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

export const median = (values: readonly number[]): number => percentile(values, 0.5);

/** Prints the table and writes the same numbers as JSON into `bench/results`. */
export function report(name: string, figures: readonly Figure[]): void {
  console.log(`\n${name}`);
  for (const figure of figures) console.log(`  ${lineOf(figure)}`);
  const folder = join(import.meta.dirname, '../results');
  mkdirSync(folder, { recursive: true });
  const machine = { node: process.version, cores: cpus().length, cpu: cpus()[0]?.model ?? 'unknown' };
  writeFileSync(
    join(folder, `${name}.json`),
    `${JSON.stringify({ name, at: new Date().toISOString(), machine, figures }, null, 2)}\n`,
  );
}

function lineOf({ what, value, unit, bar }: Figure): string {
  const shown = `${what.padEnd(58)} ${format(value).padStart(10)} ${unit.padEnd(8)}`;
  if (bar?.most !== undefined) return `${shown} at most ${format(bar.most)}: ${value <= bar.most ? 'held' : 'MISSED'}`;
  if (bar?.least !== undefined)
    return `${shown} at least ${format(bar.least)}: ${value >= bar.least ? 'held' : 'MISSED'}`;
  return shown.trimEnd();
}

function format(value: number): string {
  return Math.abs(value) >= 1000 ? Math.round(value).toLocaleString('en') : value.toPrecision(3);
}
