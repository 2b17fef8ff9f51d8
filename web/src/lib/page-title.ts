import { useEffect } from 'react';

let title = '';
let waiting = 0;

function show(): void {
  const mark = waiting === 0 ? '' : `(${waiting > 99 ? '99+' : waiting}) `;
  document.title = `${mark}${title === '' ? '' : `${title} · `}Tidegate`;
}

/** The title of the tab: the screen's, with how much is unread before it. */
export function usePageTitle(next: string): void {
  useEffect(() => {
    title = next;
    show();
  }, [next]);
}

/** What is unread is seen from another tab too. Gone with whoever was signed in. */
export function useTitleCount(count: number): void {
  useEffect(() => {
    waiting = count;
    show();
    return () => {
      waiting = 0;
      show();
    };
  }, [count]);
}
