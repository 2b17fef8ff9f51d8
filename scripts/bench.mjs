import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureDependencies } from './prepare/dependencies.mjs';
import { refuseUnsuitableMachine, root } from './prepare/machine.mjs';
import { continueWithNode24 } from './prepare/node24.mjs';
import { run } from './prepare/run.mjs';
import { ensureWebApp } from './prepare/web-app.mjs';

refuseUnsuitableMachine();
await ensureDependencies();
await continueWithNode24(import.meta.url);
const { ensureServers } = await import('../test-servers/src/ensure-servers.ts');

// A measurement is a file of bench/src that runs by itself: one that no other file there imports.
const folder = join(root, 'bench/src');
const files = readdirSync(folder).filter((name) => name.endsWith('.ts'));
const imported = new Set(
  files.flatMap((file) =>
    [...readFileSync(join(folder, file), 'utf8').matchAll(/from '\.\/([^']+)'/g)].map(([, name]) => name),
  ),
);
const names = files
  .filter((file) => !imported.has(file))
  .map((file) => file.replace('.ts', ''))
  .sort();
const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith('-'));
const unknown = wanted.filter((name) => !names.includes(name));
if (unknown.length > 0) {
  console.error(`There is no measurement "${unknown.join(', ')}". There is: ${names.join(', ')}`);
  process.exit(1);
}
await ensureServers();
await ensureWebApp(process.execPath);
let failed = 0;
for (const name of wanted.length > 0 ? wanted : names) {
  if ((await run(process.execPath, ['--expose-gc', join(folder, `${name}.ts`)])) !== 0) failed += 1;
}
process.exitCode = failed === 0 ? 0 : 1;
