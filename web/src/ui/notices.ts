export interface Notice {
  readonly id: number;
  readonly text: string;
  readonly tone: 'done' | 'failed';
}

const shownMs = 6000;
const listeners = new Set<() => void>();
let notices: readonly Notice[] = [];
let lastId = 0;

function change(next: readonly Notice[]): void {
  notices = next;
  for (const listener of listeners) listener();
}

export const noticeStore = {
  subscribe(listener: () => void) {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
  read: () => notices,
};

/** Says in one sentence that something was done, or could not be; it leaves by itself. */
export function notify(text: string, tone: Notice['tone'] = 'done'): void {
  lastId += 1;
  const notice = { id: lastId, text, tone };
  change([...notices.slice(-2), notice]);
  setTimeout(() => dismiss(notice.id), shownMs);
}

export function dismiss(id: number): void {
  change(notices.filter((notice) => notice.id !== id));
}
