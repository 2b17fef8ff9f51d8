import { join } from 'node:path';
import { ensureDependencies } from './prepare/dependencies.mjs';
import { refuseUnsuitableMachine, root } from './prepare/machine.mjs';
import { ensureNode24 } from './prepare/node24.mjs';
import { run } from './prepare/run.mjs';

refuseUnsuitableMachine();
await ensureDependencies();
process.exitCode = await run(await ensureNode24(), [join(root, 'server/src/main/rotate-key.ts')]);
