import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runChecks } from './checks/all.mjs';
import { ensureDependencies } from './prepare/dependencies.mjs';
import { refuseUnsuitableMachine, root } from './prepare/machine.mjs';
import { continueWithNode24 } from './prepare/node24.mjs';
import { run } from './prepare/run.mjs';
import { ensureWebApp } from './prepare/web-app.mjs';

refuseUnsuitableMachine();
await ensureDependencies();
await continueWithNode24(import.meta.url);

// `npm test -- PATH` runs some of the tests; `--all`, or a build server, adds the checks of `npm run check`.
const args = process.argv.slice(2).filter((argument) => argument !== '--all');
const hasChecks = process.argv.includes('--all') || process.env.CI === 'true';
const total = { passed: 0, failed: 0 };
const add = ({ passed, failed }) => {
  total.passed += passed;
  total.failed += failed;
};

if (hasChecks) add(await runChecks());
if (await hasServers()) {
  await ensureWebApp(process.execPath);
  add(await runTests());
} else {
  total.failed += 1;
}
// Nothing run is nothing shown to work.
if (total.passed + total.failed === 0) total.failed = 1;
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed === 0 ? 0 : 1;

async function hasServers() {
  const { ensureServers } = await import('../test-servers/src/ensure-servers.ts');
  try {
    await ensureServers();
    return true;
  } catch (error) {
    console.error(error.message);
    return false;
  }
}

async function runTests() {
  const folder = mkdtempSync(join(tmpdir(), 'tidegate-report-'));
  const report = join(folder, 'report.json');
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  try {
    const code = await run(process.execPath, [vitest, 'run', ...reporters, ...args]);
    return count(readReport(report), code);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/** A test left out counts as failed, and so does a file that could not be run or an error outside of any test. */
function count(report, exitCode) {
  if (report === undefined) return { passed: 0, failed: 1 };
  const results = report.testResults.flatMap((file) => file.assertionResults);
  const passed = results.filter(({ status }) => status === 'passed').length;
  const leftOut = results.filter(({ status }) => status !== 'passed' && status !== 'failed');
  for (const { fullName } of leftOut) console.error(`left out: ${fullName}`);
  const broken = report.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some(({ status }) => status === 'failed'),
  );
  for (const { name } of broken) console.error(`could not be run: ${name}`);
  const failed = results.length - passed + broken.length;
  return { passed, failed: failed === 0 && exitCode !== 0 ? 1 : failed };
}
