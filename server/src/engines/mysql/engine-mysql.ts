import {
  type AccountSpec,
  type Engine,
  type EngineAdmin,
  EngineError,
  type InstanceTarget,
  type ServerFacts,
} from '../engine.ts';
import { AccountKeys } from './account-keys.ts';
import { inspectAccount, inspectAccounts } from './account-state.ts';
import { applyAccount, blockLogin, enableLogin, listAccounts } from './accounts.ts';
import { AdminConnections } from './admin-connections.ts';
import { checkCapabilities } from './capabilities.ts';
import { listDatabases, readCatalog, readIdentities } from './catalog.ts';
import { dropAccount, endSessions } from './closure.ts';
import { toEngineError } from './errors.ts';
import { loadSample } from './load-sample.ts';
import { manyOneByOne, type OneAccount } from './many-accounts.ts';
import { readNature } from './server-facts.ts';
import { openSession } from './session.ts';

/** MySQL and MariaDB. Which of them answers is found out, whatever the instance was registered as. */
export function createMySqlEngine(): Engine {
  const keys = new AccountKeys();
  return {
    probe: (target) => probe(target),
    admin: (target, onLost) => administer(target, keys, onLost),
    openSession: (target, options) => openSession(target, keys, options),
    loadSample: (target, database) => loadSample(target, database),
  };
}

async function probe(target: InstanceTarget): ReturnType<Engine['probe']> {
  const admin = new AdminConnections(target);
  try {
    return { ok: true, facts: await factsOf(admin) };
  } catch (error) {
    return { ok: false, error: error instanceof EngineError ? error : toEngineError(error) };
  } finally {
    await admin.close();
  }
}

async function factsOf(admin: AdminConnections): Promise<ServerFacts> {
  const { identity, version, engine, isReadOnly, isTls } = await readNature(admin);
  return { identity, version, engine, isReadOnly, isTls };
}

function administer(target: InstanceTarget, keys: AccountKeys, onLost?: () => void): EngineAdmin {
  const admin = new AdminConnections(target, onLost);
  // What may unlock an account or set its password must not meet another such verb on the same account.
  const alone = <T>(name: string, work: () => Promise<T>): Promise<T> => keys.alone(target, name, work);
  const one: OneAccount = {
    blockLogin: (name) => alone(name, () => blockLogin(admin, name)),
    endSessions: (name, database, timeoutMs) => alone(name, () => endSessions(admin, keys, name, database, timeoutMs)),
    dropAccount: (name) => alone(name, () => dropAccount(admin, keys, name)),
    inspectAccount: (name) => alone(name, () => inspectAccount(admin, keys, name)),
  };
  return {
    ...one,
    many: manyOneByOne(one, (names) => inspectAccounts(admin, names)),
    facts: () => factsOf(admin),
    listDatabases: () => listDatabases(admin),
    readCatalog: (database) => readCatalog(admin, database),
    readIdentities: (database) => readIdentities(admin, database),
    checkCapabilities: (prefix, databases) => checkCapabilities(admin, keys, prefix, databases),
    applyAccount: (spec: AccountSpec) => alone(spec.name, () => applyAccount(admin, keys, spec)),
    enableLogin: (name, password) => alone(name, () => enableLogin(admin, keys, name, password)),
    letIn: async (name, password, login) => {
      try {
        await alone(name, () => enableLogin(admin, keys, name, password));
        await login();
      } finally {
        await one.blockLogin(name);
      }
    },
    listAccounts: (prefix) => listAccounts(admin, prefix),
    close: () => admin.close(),
  };
}
