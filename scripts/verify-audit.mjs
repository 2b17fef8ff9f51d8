import { join } from 'node:path';
import { ensureDependencies } from './prepare/dependencies.mjs';
import { refuseUnsuitableMachine, root } from './prepare/machine.mjs';
import { ensureNode24 } from './prepare/node24.mjs';
import { run } from './prepare/run.mjs';

refuseUnsuitableMachine();
await ensureDependencies();
const node = await ensureNode24();
process.exitCode = await run(node, [join(root, 'server/src/main/verify-audit.ts'), ...process.argv.slice(2)]);
