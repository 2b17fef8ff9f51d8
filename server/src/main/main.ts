import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readConfig } from '../platform/config/index.ts';
import { SealFault } from '../platform/crypto/index.ts';
import { createLog } from '../platform/log/log.ts';
import { openStore, StoreFault } from '../platform/store/index.ts';
import { compose } from './compose.ts';

const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')) as {
  version: string;
};
const configured = readConfig(process.env);
if (!configured.ok) {
  for (const fault of configured.faults) console.error(fault);
  process.exit(2);
}
const { config, warnings } = configured;
const log = createLog({ level: process.env['LOG_LEVEL'] ?? 'info' });
for (const warning of warnings) log.warn(warning);

try {
  const store = await openStore({ dataFolder: config.dataFolder, pgUrl: config.pgUrl?.reveal() }, log);
  const tidegate = await compose({ config, store, log, version });
  const address = await tidegate.listen(config.port, config.host);
  console.log(`Tidegate ${version} is ready at ${config.externalUrl ?? address.replace('127.0.0.1', 'localhost')}`);
  let isStopping = false;
  const stop = () => {
    if (isStopping) return;
    isStopping = true;
    void tidegate
      .stop()
      .then(() => store.close())
      .then(
        () => process.exit(0),
        (err: unknown) => {
          log.error({ err }, 'Tidegate could not stop cleanly');
          process.exit(1);
        },
      );
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
} catch (error) {
  // What an operator can mend is said in words; anything else keeps its trace.
  if (error instanceof StoreFault || error instanceof SealFault) console.error(error.message);
  else log.fatal({ err: error }, 'Tidegate could not start');
  process.exit(1);
}
