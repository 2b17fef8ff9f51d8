/** The first word of a statement in capitals, behind blanks, comments and opening parentheses. */
export function commandOf(text: string): string {
  const start = /^(?:[\s(]|\/\*[\s\S]*?\*\/|#[^\n]*(?:\n|$)|--(?:[^\S\n][^\n]*)?(?:\n|$))*/.exec(text)?.[0].length ?? 0;
  const word = /^[a-z]+/i.exec(text.slice(start))?.[0] ?? '';
  return word.toUpperCase();
}
