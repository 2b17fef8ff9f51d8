import type { LevelCaps, MatrixCell } from '@tidegate/contract';

/** What was changed and not saved yet. */
export interface MatrixDraft {
  readonly cells: readonly MatrixCell[];
  readonly caps: readonly LevelCaps[];
}

export const noDraft: MatrixDraft = { cells: [], caps: [] };

const isSameCell = (a: MatrixCell, b: MatrixCell) => a.source === b.source && a.level === b.level;

export function withCell(draft: MatrixDraft, saved: readonly MatrixCell[], cell: MatrixCell): MatrixDraft {
  const others = draft.cells.filter((one) => !isSameCell(one, cell));
  const before = saved.find((one) => isSameCell(one, cell))?.flowId ?? null;
  return { ...draft, cells: before === cell.flowId ? others : [...others, cell] };
}

export function withCaps(draft: MatrixDraft, saved: readonly LevelCaps[], caps: LevelCaps): MatrixDraft {
  const others = draft.caps.filter((one) => one.level !== caps.level);
  const before = saved.find((one) => one.level === caps.level);
  const isSame =
    before?.longestMinutes === caps.longestMinutes &&
    before.allowsNoEnd === caps.allowsNoEnd &&
    before.needsTicket === caps.needsTicket;
  return { ...draft, caps: isSame ? others : [...others, caps] };
}

/** The saved matrix with the draft over it. */
export function merged(saved: MatrixDraft, draft: MatrixDraft): MatrixDraft {
  return {
    cells: [...saved.cells.filter((one) => !draft.cells.some((cell) => isSameCell(one, cell))), ...draft.cells],
    caps: [...saved.caps.filter((one) => !draft.caps.some((caps) => caps.level === one.level)), ...draft.caps],
  };
}

export const isEmpty = ({ cells, caps }: MatrixDraft) => cells.length + caps.length === 0;
