import { beforeEach, describe, expect, test } from 'vitest';
import { EditorStore } from './editor-store.ts';
import { type DraftStorage, TabDrafts } from './tab-drafts.ts';

/** What a browser keeps between two visits. */
class Kept implements DraftStorage {
  readonly items = new Map<string, string>();
  getItem(key: string): string | null {
    return this.items.get(key) ?? null;
  }
  setItem(key: string, value: string): void {
    this.items.set(key, value);
  }
  removeItem(key: string): void {
    this.items.delete(key);
  }
}

let kept: Kept;
beforeEach(() => {
  kept = new Kept();
});
const visit = (person = 'dev') => new EditorStore(new TabDrafts(person, kept));
const firstTab = (store: EditorStore) => {
  const [tab] = store.read().tabs;
  if (tab === undefined) throw new Error('The editor has no tab.');
  return tab;
};

const parked = { requestId: 'r1', text: 'select 1', databaseId: 'd1', isRead: true };

describe('drafts', () => {
  test('outlive a reload: text, limit, parked statement and the tab in view', () => {
    const store = visit();
    store.change(firstTab(store).id, { text: 'select 1', rowLimit: 10_000, parked });
    const second = store.add({ text: 'select 2' });
    store.keepNow();
    const again = visit().read();
    expect(again.tabs.map(({ text }) => text)).toEqual(['select 1', 'select 2']);
    expect(again.tabs[0]).toMatchObject({ rowLimit: 10_000, parked, session: { state: 'none' } });
    expect(again.activeId).toBe(second.id);
  });

  test('of one person are not another’s', () => {
    const store = visit('dev');
    store.change(firstTab(store).id, { text: 'select secret' });
    store.keepNow();
    expect(firstTab(visit('ada')).text).toBe('');
  });

  test('of another window are taken over, unless this one has newer text', () => {
    const here = visit();
    const { id } = firstTab(here);
    here.change(id, { text: 'select 1' });
    here.keepNow();
    const there = visit();
    there.change(id, { text: 'select 2' });
    there.keepNow();
    const key = `tidegate.editor.dev.tab.${id}`;
    here.takeOver(key);
    expect(firstTab(here).text).toBe('select 2');
    here.change(id, { text: 'select 3' });
    here.takeOver(key);
    expect(firstTab(here).text).toBe('select 3');
    here.keepNow();
  });

  test('that cannot be read begin empty instead of breaking the editor', () => {
    kept.setItem('tidegate.editor.dev.tabs', '{"ids": ["a", 7, "b"]}');
    kept.setItem('tidegate.editor.dev.tab.a', '{"text": 5}');
    kept.setItem('tidegate.editor.dev.tab.b', '{"text": "select 1", "rowLimit": 7, "parked": "x"}');
    const { tabs } = visit().read();
    expect(tabs).toMatchObject([{ id: 'b', text: 'select 1', rowLimit: 1000, parked: null }]);
  });

  test('without storage last as long as the page', () => {
    const store = new EditorStore(new TabDrafts('dev', null));
    store.change(firstTab(store).id, { text: 'select 1' });
    store.keepNow();
    expect(firstTab(store).text).toBe('select 1');
  });
});

describe('tabs', () => {
  test('there is always one', () => {
    const store = visit();
    const { id } = firstTab(store);
    store.remove(id);
    expect(store.read().tabs).toHaveLength(1);
    expect(store.read().activeId).toBe(firstTab(store).id);
    expect(firstTab(store).id).not.toBe(id);
  });

  test('closing the one in view shows its neighbour and throws its draft away', () => {
    const store = visit();
    const first = firstTab(store).id;
    const second = store.add({ text: 'select 2' }).id;
    store.remove(second);
    expect(store.read().activeId).toBe(first);
    expect(
      visit()
        .read()
        .tabs.map(({ id }) => id),
    ).toEqual([first]);
    expect([...kept.items.keys()].some((key) => key.includes(second))).toBe(false);
  });
});
