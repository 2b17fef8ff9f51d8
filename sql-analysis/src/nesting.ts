import type { Token } from './token.ts';

/** The deepest nesting of parentheses, brackets and CASE in a text. Known before any parser sees it. */
export function nestingOf(tokens: readonly Token[], text: string): number {
  let depth = 0;
  let deepest = 0;
  for (const token of tokens) {
    const step = stepOf(token, text);
    if (step === 0) continue;
    depth = Math.max(0, depth + step);
    if (depth > deepest) deepest = depth;
  }
  return deepest;
}

function stepOf(token: Token, text: string): number {
  if (token.kind === 'operator') {
    const char = text.charAt(token.start);
    if (char === '(' || char === '[' || char === '{') return 1;
    return char === ')' || char === ']' || char === '}' ? -1 : 0;
  }
  if (token.kind !== 'word') return 0;
  const length = token.end - token.start;
  if (length === 4) return text.slice(token.start, token.end).toLowerCase() === 'case' ? 1 : 0;
  return length === 3 && text.slice(token.start, token.end).toLowerCase() === 'end' ? -1 : 0;
}
