import type { EditorTab } from '../state/editor-tab.ts';

const longestTitle = 24;

/** A tab's name: the beginning of its text, else its database. */
export function tabTitle({ text, database }: Pick<EditorTab, 'text' | 'database'>): string {
  const line = text
    .split('\n')
    .map((part) => part.trim())
    .find((part) => part !== '' && !part.startsWith('--'));
  if (line === undefined) return database?.name ?? 'New tab';
  return line.length <= longestTitle ? line : `${line.slice(0, longestTitle - 1)}…`;
}
