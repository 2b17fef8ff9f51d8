import { emptyDraft, type RowLimit, rowLimits, type TabDraft } from './editor-tab.ts';

/** Where drafts are kept; the browser's storage, which may be full or switched off. */
export type DraftStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

export interface KeptTabs {
  readonly tabs: readonly TabDraft[];
  readonly activeId: string;
}

/**
 * The tabs of one person in this browser. Each tab has its own key, so that two windows that write different tabs do
 * not overwrite each other.
 */
export class TabDrafts {
  readonly #prefix: string;
  readonly #storage: DraftStorage | null;

  constructor(personId: string, storage: DraftStorage | null) {
    this.#prefix = `tidegate.editor.${personId}.`;
    this.#storage = storage;
  }

  read(): KeptTabs | null {
    const list = this.#get('tabs');
    if (!isRecord(list) || !Array.isArray(list['ids'])) return null;
    const tabs = list['ids'].flatMap((id: unknown) => (typeof id === 'string' ? [this.readTab(id)] : []));
    const known = tabs.filter((tab) => tab !== null);
    const [first] = known;
    if (first === undefined) return null;
    return { tabs: known, activeId: known.find(({ id }) => id === list['activeId'])?.id ?? first.id };
  }

  /** Null where what is kept is no draft. */
  readTab(id: string): TabDraft | null {
    const kept = this.#get(`tab.${id}`);
    // A tab that nothing was written in has no draft yet.
    return kept === null ? emptyDraft(id) : draftOf(id, kept);
  }

  keepList(ids: readonly string[], activeId: string): void {
    this.#set('tabs', { ids, activeId });
  }

  keepTab({ id, text, database, rowLimit, parked }: TabDraft): void {
    this.#set(`tab.${id}`, { text, database, rowLimit, parked });
  }

  forgetTab(id: string): void {
    try {
      this.#storage?.removeItem(`${this.#prefix}tab.${id}`);
    } catch {
      // Switched off: there was nothing to forget.
    }
  }

  /** The tab whose draft another window has just written, by the key of the storage event. */
  tabIdOf(key: string | null): string | null {
    const prefix = `${this.#prefix}tab.`;
    return key?.startsWith(prefix) ? key.slice(prefix.length) : null;
  }

  #get(key: string): unknown {
    try {
      const text = this.#storage?.getItem(this.#prefix + key);
      return text === null || text === undefined ? null : JSON.parse(text);
    } catch {
      // Unreadable or switched off: as without drafts.
      return null;
    }
  }

  #set(key: string, value: unknown): void {
    try {
      this.#storage?.setItem(this.#prefix + key, JSON.stringify(value));
    } catch {
      // Full or switched off: the editor still works, only the safety net is missing.
    }
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function draftOf(id: string, kept: unknown): TabDraft | null {
  if (!isRecord(kept) || typeof kept['text'] !== 'string') return null;
  const { database, parked } = kept as Partial<TabDraft>;
  return {
    ...emptyDraft(id),
    text: kept['text'],
    rowLimit: isRowLimit(kept['rowLimit']) ? kept['rowLimit'] : 1000,
    database: typeof database?.id === 'string' ? database : null,
    parked: typeof parked?.requestId === 'string' ? parked : null,
  };
}

function isRowLimit(value: unknown): value is RowLimit {
  return rowLimits.some((limit) => limit === value);
}
