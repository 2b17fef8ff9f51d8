import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './machine.mjs';
import { run } from './run.mjs';

/** Installs the packages of the lock file unless exactly those are there. */
export async function ensureDependencies() {
  if (isInstalled(root)) return;
  console.log('Installing packages (npm ci) …');
  await npmCi(root);
}

/** npm's own list of what it installed is compared with what the lock file asks for; optional ones may be absent. */
export function isInstalled(folder) {
  const installed = readPackages(join(folder, 'node_modules/.package-lock.json'));
  const wanted = readPackages(join(folder, 'package-lock.json'));
  if (installed === undefined || wanted === undefined) return false;
  return Object.entries(wanted).every(([path, { version, optional, link }]) => {
    if (path === '' || !path.includes('node_modules/')) return true;
    const there = installed[path];
    if (there === undefined) return optional === true;
    return link === true || there.version === version;
  });
}

export async function npmCi(folder) {
  const code = await run('npm', ['ci', '--loglevel=error'], { cwd: folder });
  if (code === 0) return;
  console.error(`"npm ci" failed in ${folder}; see above.`);
  process.exit(1);
}

function readPackages(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).packages : undefined;
}
