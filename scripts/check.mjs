import { runChecks } from './checks/all.mjs';
import { ensureDependencies } from './prepare/dependencies.mjs';
import { refuseUnsuitableMachine } from './prepare/machine.mjs';
import { continueWithNode24 } from './prepare/node24.mjs';

refuseUnsuitableMachine();
await ensureDependencies();
await continueWithNode24(import.meta.url);
const { passed, failed } = await runChecks(process.argv.slice(2));
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
