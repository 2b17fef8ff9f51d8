import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const css = readFileSync(new URL('./tokens.css', import.meta.url), 'utf8');

function tokensOf(theme: 'light' | 'dark'): (name: string) => string {
  const block = css.slice(css.indexOf(`[data-theme="${theme}"]`));
  const body = block.slice(block.indexOf('{') + 1, block.indexOf('}'));
  const tokens = new Map([...body.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6});/g)].map(([, name, value]) => [name, value]));
  return (name) => {
    const value = tokens.get(name);
    if (value === undefined) throw new Error(`no token --${name} in ${theme}`);
    return value;
  };
}

function luminance(color: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5]
    .map((at) => Number.parseInt(color.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(a: string, b: string): number {
  const [high = 0, low = 0] = [luminance(a), luminance(b)].sort((one, other) => other - one);
  return (high + 0.05) / (low + 0.05);
}

const grounds = ['ground', 'surface', 'sunken', 'hover'];
const texts = ['text', 'text-soft', 'text-faint', 'teal', 'red', 'amber', 'green', 'blue', 'violet'];
const pairs: [string, string][] = [
  ...texts.flatMap((text) => grounds.map((ground): [string, string] => [text, ground])),
  ['on-teal', 'teal'],
  ['on-teal', 'teal-hover'],
  ['on-red', 'red'],
  ['on-red', 'red-hover'],
  ['red', 'red-soft'],
  ['text', 'red-soft'],
  ['text-soft', 'red-soft'],
  ['text', 'amber-soft'],
  ['amber', 'amber-soft'],
  ['text', 'teal-soft'],
  ['green', 'green-soft'],
  ['surface', 'text'],
];

describe.each(['light', 'dark'] as const)('the %s theme', (theme) => {
  const token = tokensOf(theme);

  it.each(pairs)('%s on %s can be read by everybody (4.5:1)', (text, ground) => {
    expect(contrast(token(text), token(ground))).toBeGreaterThanOrEqual(4.5);
  });

  it.each(['control-line', 'focus', 'teal-line', 'red-line', 'amber-line'])(
    '%s is seen on every ground (3:1)',
    (name) => {
      for (const ground of ['ground', 'surface']) {
        expect(contrast(token(name), token(ground))).toBeGreaterThanOrEqual(3);
      }
    },
  );
});
