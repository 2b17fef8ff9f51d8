import { describe, expect, test } from 'vitest';
import { isEmpty, merged, noDraft, withCaps, withCell } from './matrix-draft.ts';

const saved = {
  cells: [{ source: 'read', level: 'low', flowId: 'owner' }] as const,
  caps: [{ level: 'low', longestMinutes: 60, allowsNoEnd: false, needsTicket: false }] as const,
};

describe('a matrix being changed', () => {
  test('shows the change over what is saved', () => {
    const draft = withCell(noDraft, saved.cells, { source: 'read', level: 'low', flowId: 'two people' });
    expect(merged(saved, draft).cells).toEqual([{ source: 'read', level: 'low', flowId: 'two people' }]);
  });

  test('is unchanged again when each value is as it was', () => {
    const changed = withCell(noDraft, saved.cells, { source: 'read', level: 'low', flowId: null });
    expect(isEmpty(changed)).toBe(false);
    expect(isEmpty(withCell(changed, saved.cells, saved.cells[0]))).toBe(true);
    const longer = withCaps(noDraft, saved.caps, { ...saved.caps[0], longestMinutes: 30 });
    expect(isEmpty(longer)).toBe(false);
    expect(isEmpty(withCaps(longer, saved.caps, saved.caps[0]))).toBe(true);
  });
});
