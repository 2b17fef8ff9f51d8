import type { PlacedLabel } from '@tidegate/contract';
import { type LabelPattern, patternMatcher } from './label-pattern.ts';
import type { CatalogedTable, SetLabel } from './label-store.ts';
import { type LabelSuggestion, suggestLabels } from './label-suggestions.ts';

/** All labels of these tables: those that were set, and those that patterns give to names. */
export function placedLabels(
  tables: readonly CatalogedTable[],
  set: readonly SetLabel[],
  patterns: readonly LabelPattern[],
): PlacedLabel[] {
  const matchers = patterns.map(({ pattern, ...rest }) => ({ ...rest, matches: patternMatcher(pattern) }));
  const setByTable = Map.groupBy(set, (label) => tableKey(label.schema, label.table));
  return tables.flatMap(({ schema, name: table, columns }) => {
    const own = (setByTable.get(tableKey(schema, table)) ?? []).map(toPlaced);
    const given = matchers.flatMap(({ target, label, matches }): PlacedLabel[] => {
      const names = target === 'table' ? [null] : columns.map((column) => column.name);
      return names
        .filter((column) => matches(column ?? table))
        .map((column) => ({ schema, table, column, label, origin: 'pattern', labelId: null }));
    });
    const fresh = given.filter(
      (one, index) =>
        !own.some((other) => isSame(one, other)) && given.findIndex((other) => isSame(one, other)) === index,
    );
    return [...own, ...fresh].toSorted(byColumn);
  });
}

/** What names and types suggest and is not there yet. */
export function openSuggestions(tables: readonly CatalogedTable[], placed: readonly PlacedLabel[]): LabelSuggestion[] {
  const known = new Set(placed.map(placeKey));
  return tables.flatMap(suggestLabels).filter((suggestion) => !known.has(placeKey(suggestion)));
}

type Placed = Pick<PlacedLabel, 'schema' | 'table' | 'column' | 'label'>;

function placeKey({ schema, table, column, label }: Placed): string {
  return JSON.stringify([schema, table, column, label]);
}

function isSame(a: Placed, b: Placed): boolean {
  return a.column === b.column && a.label === b.label;
}

export function tableKey(schema: string, table: string): string {
  return JSON.stringify([schema, table]);
}

function toPlaced({ id, schema, table, column, label, origin }: SetLabel): PlacedLabel {
  return { schema, table, column, label, origin, labelId: id };
}

function byColumn(a: PlacedLabel, b: PlacedLabel): number {
  return (a.column ?? '').localeCompare(b.column ?? '') || a.label.localeCompare(b.label);
}
