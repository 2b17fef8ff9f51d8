import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../prepare/machine.mjs';
import { capture } from '../prepare/run.mjs';
import { checkHabits } from './habits.mjs';
import { checkLicences } from './licences.mjs';

const node = (script, ...args) => capture(process.execPath, [join(root, 'node_modules', script), ...args]);
const { workspaces } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** Each answers `{ ok, output }`; the output is shown when it is not. */
const checks = {
  'format and lint': () => node('@biomejs/biome/bin/biome', 'ci', '--colors=off', '--max-diagnostics=50', '.'),
  ...Object.fromEntries(
    workspaces.map((name) => [`types of ${name}`, () => node('typescript-native/bin/tsc', '-p', join(root, name))]),
  ),
  boundaries: () =>
    node('dependency-cruiser/bin/dependency-cruiser.mjs', '--config', '.dependency-cruiser.cjs', '--', ...workspaces),
  // `npm ci` of a fresh clone refuses a lock file that lacks something, also of other platforms.
  'lock file': () => capture('npm', ['ci', '--dry-run', '--ignore-scripts', '--loglevel=error']),
  'unused code': () => node('knip/bin/knip.js', '--no-progress'),
  'licences of what is shipped': checkLicences,
  habits: checkHabits,
};

/** Runs all checks, or those whose name holds one of the words; two at a time, told in their order. */
export async function runChecks(words = []) {
  const wanted = Object.entries(checks).filter(
    ([name]) => words.length === 0 || words.some((word) => name.includes(word)),
  );
  const results = new Map();
  const queue = [...wanted];
  const worker = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [name, check] = next;
      const startedAt = performance.now();
      const { ok, output } = await check();
      const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
      results.set(name, ok);
      console.log(`${ok ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)${ok ? '' : `\n${output.trimEnd()}\n`}`);
    }
  };
  await Promise.all([worker(), worker()]);
  const failed = [...results.values()].filter((ok) => !ok).length;
  return { passed: results.size - failed, failed };
}
