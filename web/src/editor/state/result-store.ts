import type { Cell, ResultColumn } from '@tidegate/contract';

type Row = readonly Cell[];

/** What schedules a paint; replaced in tests. */
export type Schedule = (paint: () => void) => void;

const paintHiddenMs = 250;

function nextPaint(paint: () => void): void {
  // A page that is not in view gets no animation frames, and its rows must still be counted.
  if (document.visibilityState === 'visible') requestAnimationFrame(paint);
  else setTimeout(paint, paintHiddenMs);
}

/**
 * The rows of one result as they came: positional arrays of the server's own text, never converted. Many lines arrive
 * between two paints; listeners hear of them once a paint.
 */
export class ResultStore {
  readonly #schedule: Schedule;
  readonly #listeners = new Set<() => void>();
  #columns: readonly ResultColumn[] | null = null;
  readonly #rows: Row[] = [];
  #version = 0;
  #isAnnounced = false;

  constructor(schedule: Schedule = nextPaint) {
    this.#schedule = schedule;
  }

  /** Null until the server has described the result; empty where a statement returns no columns. */
  get columns(): readonly ResultColumn[] | null {
    return this.#columns;
  }

  get rowCount(): number {
    return this.#rows.length;
  }

  /** Changes with each paint; for `useSyncExternalStore`. */
  get version(): number {
    return this.#version;
  }

  /** A row that has not come reads as NULLs, so that a grid that is ahead by a frame does not break. */
  cell(row: number, column: number): Cell {
    return this.#rows[row]?.[column] ?? null;
  }

  row(row: number): Row {
    return this.#rows[row] ?? [];
  }

  setColumns(columns: readonly ResultColumn[]): void {
    this.#columns = columns;
    this.#announce();
  }

  append(rows: readonly Row[]): void {
    for (const row of rows) this.#rows.push(row);
    this.#announce();
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #announce(): void {
    if (this.#isAnnounced) return;
    this.#isAnnounced = true;
    this.#schedule(() => {
      this.#isAnnounced = false;
      this.#version += 1;
      for (const listener of this.#listeners) listener();
    });
  }
}
