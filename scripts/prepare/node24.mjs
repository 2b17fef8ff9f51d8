import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isInstalled, npmCi } from './dependencies.mjs';
import { root } from './machine.mjs';
import { run } from './run.mjs';

const isNewEnough = Number(process.versions.node.split('.')[0]) >= 24;

/** The path of a Node 24 or later: this one, or the one that the registry carries as a package. */
export async function ensureNode24() {
  if (isNewEnough) return process.execPath;
  const folder = join(root, 'runtime');
  const found = findNode(folder);
  if (found !== undefined && isInstalled(folder)) return found;
  console.log(`This is Node ${process.versions.node}; installing Node 24 beside it (runtime/) …`);
  await npmCi(folder);
  const installed = findNode(folder);
  if (installed !== undefined) return installed;
  console.error('The registry has no Node 24 for this machine. Install Node 24 from nodejs.org and run this again.');
  process.exit(1);
}

/** Runs the calling script again with Node 24 and ends with its exit code; answers at once when this is one already. */
export async function continueWithNode24(scriptUrl) {
  if (isNewEnough) return;
  const node = await ensureNode24();
  process.exit(await run(node, [fileURLToPath(scriptUrl), ...process.argv.slice(2)]));
}

function findNode(folder) {
  const { platform, arch } = process;
  return [`node-${platform}-${arch}`, `node-bin-${platform}-${arch}`]
    .map((name) => join(folder, 'node_modules', name, 'bin/node'))
    .find((file) => existsSync(file));
}
