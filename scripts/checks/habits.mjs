import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { root } from '../prepare/machine.mjs';
import { capture } from '../prepare/run.mjs';

const longestFile = 400;
const source = /\.(ts|tsx|mjs|cjs|css|sh)$/;
const text = /\.(ts|tsx|mjs|cjs|js|css|sql|sh|md|json|yaml|yml|html|toml)$/;

const vagueNames = /^(utils?|helpers?|common|misc|shared|types|managers?)\.(ts|tsx|mjs)$/;

/** What must not stand in any file, with the reason that is told. */
const unwanted = [
  [/(?<![\w.}])\/(?:home|Users|work|root)\/[\w.-]/, 'a path of somebody’s machine'],
  [/@ts-(?:ignore|nocheck)|@ts-expect-error(?!: \w)/, 'the compiler silenced without a reason'],
  [/biome-ignore(?!-end)(?!.*: \w.{14})/, 'a lint rule silenced without a reason'],
  [/\b(?:test|it|describe)\.(?:only|skip|todo)\b/, 'a test that is left out'],
];

/** Rules of CONTRIBUTING.md that no other tool knows. */
export async function checkHabits() {
  // New files count too, ignored ones do not.
  const { output } = await capture('git', ['ls-files', '--cached', '--others', '--exclude-standard']);
  const files = output.split('\n').filter((file) => text.test(file) && existsSync(join(root, file)));
  const faults = files.flatMap(faultsOf);
  if (files.length === 0) faults.push('no files were found to check');
  return { ok: faults.length === 0, output: faults.join('\n') };
}

function faultsOf(file) {
  if (file === 'scripts/checks/habits.mjs' || file.endsWith('package-lock.json')) return [];
  const lines = readFileSync(join(root, file), 'utf8').split('\n');
  const faults = lines.flatMap((line, index) =>
    unwanted.filter(([pattern]) => pattern.test(line)).map(([, reason]) => `${file}:${index + 1}: ${reason}`),
  );
  if (source.test(file) && lines.length > longestFile + 1)
    faults.push(`${file}: ${lines.length} lines; ${longestFile} at most`);
  if (vagueNames.test(basename(file))) faults.push(`${file}: name it after what it holds`);
  return faults;
}
