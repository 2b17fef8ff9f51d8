import { join } from 'node:path';
import { ensureDependencies } from './prepare/dependencies.mjs';
import { refuseUnsuitableMachine, root } from './prepare/machine.mjs';
import { ensureNode24 } from './prepare/node24.mjs';
import { run } from './prepare/run.mjs';
import { ensureWebApp } from './prepare/web-app.mjs';

refuseUnsuitableMachine();
await ensureDependencies();
const node = await ensureNode24();
await ensureWebApp(node);
const env = { NODE_ENV: 'production', ...process.env };
// Results pass through in short-lived pieces: room for more of them at a time would only cost memory (up to 64 MB).
const flags = ['--max-semi-space-size=16'];
const main = join(root, 'server/src/main/main.ts');
process.exitCode = await run(node, [...flags, main, ...process.argv.slice(2)], { env });
