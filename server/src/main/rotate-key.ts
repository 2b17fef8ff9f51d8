import { sealedKeyPurpose } from '../modules/audit/index.ts';
import { readConfig } from '../platform/config/index.ts';
import { rotateSecrets, SealFault } from '../platform/crypto/index.ts';
import { createLog } from '../platform/log/log.ts';
import { openStore, StoreFault } from '../platform/store/index.ts';

/**
 * `npm run rotate-key`: puts every sealed secret under the newest key of TIDEGATE_SECRET_KEY (`new,old`). May run beside
 * working servers that know both keys, may be stopped and run again. With the embedded store stop the server first: one
 * process has its folder.
 */
const configured = readConfig(process.env);
if (!configured.ok) {
  for (const fault of configured.faults) console.error(fault);
  process.exit(2);
}
const { config } = configured;
const log = createLog({ level: 'warn' });
try {
  const store = await openStore({ dataFolder: config.dataFolder, pgUrl: config.pgUrl?.reveal() }, log);
  const place = {
    pool: store.pool,
    storeKind: store.kind,
    dataFolder: config.dataFolder,
    secretKey: config.secretKey,
  };
  const { rewrapped, alreadyCurrent } = await rotateSecrets(place, [
    { table: 'instance', column: 'password_sealed', purposeOf: (id) => `instance:${id}:password` },
    { table: 'instance', column: 'method_secret_sealed', purposeOf: (id) => `instance:${id}:method-secret` },
    { table: 'database_account', column: 'password_sealed', purposeOf: (id) => `account:${id}` },
    { table: 'audit_signing_key', column: 'private_key_sealed', purposeOf: sealedKeyPurpose },
  ]);
  console.log(`${rewrapped} secrets are now under the newest key; ${alreadyCurrent} were already.`);
  await store.close();
} catch (error) {
  if (error instanceof StoreFault || error instanceof SealFault) console.error(error.message);
  else log.fatal({ err: error }, 'the keys could not be rotated');
  process.exit(1);
}
