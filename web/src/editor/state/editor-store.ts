import { type EditorTab, emptyDraft, openTab, type Run, type TabDraft } from './editor-tab.ts';
import type { TabDrafts } from './tab-drafts.ts';

export interface EditorState {
  readonly tabs: readonly EditorTab[];
  readonly activeId: string;
}

const keepAfterMs = 300;
const restMs = 150;

/** The person's tabs, with their drafts, sessions and results. Lives as long as the page: other screens do not end it. */
export class EditorStore {
  readonly #drafts: TabDrafts;
  readonly #listeners = new Set<() => void>();
  readonly #unkept = new Set<string>();
  #keepTimer: ReturnType<typeof setTimeout> | undefined;
  #restTimer: ReturnType<typeof setTimeout> | undefined;
  #state: EditorState;

  constructor(drafts: TabDrafts) {
    this.#drafts = drafts;
    const kept = drafts.read();
    const first = emptyDraft(newTabId());
    const { tabs, activeId } = kept ?? { tabs: [first], activeId: first.id };
    this.#state = { tabs: tabs.map(openTab), activeId };
  }

  read = (): EditorState => this.#state;

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  find(tabId: string): EditorTab | undefined {
    return this.#state.tabs.find((tab) => tab.id === tabId);
  }

  change(tabId: string, patch: Partial<Omit<EditorTab, 'id'>>): void {
    this.#set({ tabs: this.#state.tabs.map((tab) => (tab.id === tabId ? { ...tab, ...patch } : tab)) });
    if (['text', 'database', 'rowLimit', 'parked'].some((key) => key in patch)) this.#keepSoon(tabId);
  }

  /**
   * The text as it is being typed. It holds at once for everything that runs; the rest of the screen hears of it when
   * typing rests, so that a key costs no more than its letter.
   */
  type(tabId: string, text: string): void {
    this.#state = { ...this.#state, tabs: this.#state.tabs.map((tab) => (tab.id === tabId ? { ...tab, text } : tab)) };
    this.#keepSoon(tabId);
    clearTimeout(this.#restTimer);
    this.#restTimer = setTimeout(() => this.#announce(), restMs);
  }

  changeRun(tabId: string, runId: string, patch: Partial<Omit<Run, 'id'>>): void {
    const runs = this.find(tabId)?.runs.map((run) => (run.id === runId ? { ...run, ...patch } : run));
    if (runs !== undefined) this.change(tabId, { runs });
  }

  /** Opens a tab after the others and shows it. */
  add(draft: Partial<Omit<TabDraft, 'id'>> = {}): EditorTab {
    const tab = openTab({ ...emptyDraft(newTabId()), ...draft });
    this.#set({ tabs: [...this.#state.tabs, tab], activeId: tab.id });
    this.#drafts.keepTab(tab);
    this.#keepList();
    return tab;
  }

  /** Takes a tab away with its draft; there is always one left. */
  remove(tabId: string): void {
    const { tabs, activeId } = this.#state;
    const at = tabs.findIndex((tab) => tab.id === tabId);
    if (at === -1) return;
    const rest = tabs.filter((tab) => tab.id !== tabId);
    const left = rest.length > 0 ? rest : [openTab(emptyDraft(newTabId()))];
    const neighbour = left[Math.min(at, left.length - 1)];
    this.#set({ tabs: left, activeId: activeId === tabId && neighbour ? neighbour.id : activeId });
    this.#unkept.delete(tabId);
    this.#drafts.forgetTab(tabId);
    this.#keepList();
  }

  show(tabId: string): void {
    if (this.#state.activeId === tabId) return;
    this.#set({ activeId: tabId });
    this.#keepList();
  }

  /** Writes what is not written yet; also called when the page is left. */
  keepNow = (): void => {
    clearTimeout(this.#keepTimer);
    this.#keepTimer = undefined;
    for (const tabId of this.#unkept) {
      const tab = this.find(tabId);
      if (tab !== undefined) this.#drafts.keepTab(tab);
    }
    if (this.#unkept.size > 0) this.#keepList();
    this.#unkept.clear();
  };

  /** Another window of this browser has written a tab: its text is taken over, unless this window is being typed in. */
  takeOver(storageKey: string | null): void {
    const tabId = this.#drafts.tabIdOf(storageKey);
    if (tabId === null || this.#unkept.has(tabId) || this.find(tabId) === undefined) return;
    const draft = this.#drafts.readTab(tabId);
    if (draft === null) return;
    const { text, parked } = draft;
    this.#set({ tabs: this.#state.tabs.map((tab) => (tab.id === tabId ? { ...tab, text, parked } : tab)) });
  }

  #keepSoon(tabId: string): void {
    this.#unkept.add(tabId);
    this.#keepTimer ??= setTimeout(this.keepNow, keepAfterMs);
  }

  #keepList(): void {
    this.#drafts.keepList(
      this.#state.tabs.map(({ id }) => id),
      this.#state.activeId,
    );
  }

  #set(patch: Partial<EditorState>): void {
    this.#state = { ...this.#state, ...patch };
    this.#announce();
  }

  #announce(): void {
    clearTimeout(this.#restTimer);
    for (const listener of this.#listeners) listener();
  }
}

let lastId = 0;
/** Unique in this browser; `crypto.randomUUID` is missing where Tidegate is reached without TLS. */
export function newTabId(): string {
  lastId += 1;
  return `${Date.now().toString(36)}-${lastId}-${Math.random().toString(36).slice(2, 8)}`;
}
