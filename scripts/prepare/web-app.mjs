import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './machine.mjs';
import { run } from './run.mjs';

const sources = ['web/src', 'web/public', 'web/index.html', 'web/vite.config.ts', 'web/package.json', 'contract/src'];

/** Builds the browser application into web/dist, unless it was built from exactly these files. */
export async function ensureWebApp(node) {
  const stamp = join(root, 'web/dist/.built-from');
  const hash = hashOf([...sources, 'package-lock.json']);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return;
  console.log('Building the browser application …');
  const vite = join(root, 'node_modules/vite/bin/vite.js');
  const code = await run(node, [vite, 'build', '--logLevel', 'warn'], { cwd: join(root, 'web') });
  if (code !== 0) {
    console.error('The browser application could not be built; see above.');
    process.exit(1);
  }
  mkdirSync(join(root, 'web/dist'), { recursive: true });
  writeFileSync(stamp, hash);
}

function hashOf(paths) {
  const hash = createHash('sha256');
  for (const path of paths.flatMap(filesOf).sort())
    hash
      .update(path)
      .update('\0')
      .update(readFileSync(join(root, path)));
  return hash.digest('hex');
}

function filesOf(path) {
  const full = join(root, path);
  const stats = statSync(full, { throwIfNoEntry: false });
  if (stats === undefined) return [];
  if (stats.isFile()) return [path];
  return readdirSync(full, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/\.test\.tsx?$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length));
}
