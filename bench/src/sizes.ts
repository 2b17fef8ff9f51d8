/** The gzipped JavaScript and CSS of a first visit, against the budgets. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { type Figure, report } from './report.ts';

const budgets: Readonly<Record<string, { readonly name: string; readonly mostKb: number }>> = {
  'entry/SignInPage': { name: 'sign-in', mostKb: 200 },
  'requests/RequestsPage': { name: 'requests', mostKb: 200 },
  'requests/NewRequestPage': { name: 'request form', mostKb: 200 },
  'requests/RequestPage': { name: 'decision', mostKb: 200 },
  'editor/EditorPage': { name: 'editor with its grid', mostKb: 550 },
};
const mostCssKb = 40;

const script = join(import.meta.dirname, '../../web/scripts/sizes.mjs');
const sizes = JSON.parse(execFileSync(process.execPath, [script], { encoding: 'utf8' })) as Record<
  string,
  { readonly js: number; readonly css: number }
>;

const figures: Figure[] = Object.entries(budgets).map(([screen, { name, mostKb }]) => {
  const size = sizes[screen];
  if (size === undefined) throw new Error(`There is no screen ${screen} any more: name its successor here.`);
  return { what: `JavaScript of ${name}`, value: size.js / 1000, unit: 'kB', bar: { most: mostKb } };
});
const [heaviest, most] = Object.entries(sizes)
  .map(([screen, { css }]) => [screen, css] as const)
  .reduce((a, b) => (b[1] > a[1] ? b : a));
figures.push({ what: `CSS of ${heaviest}, the most`, value: most / 1000, unit: 'kB', bar: { most: mostCssKb } });
report('sizes', figures);
