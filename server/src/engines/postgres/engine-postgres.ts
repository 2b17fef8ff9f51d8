import type { Engine, EngineAdmin, InstanceTarget } from '../engine.ts';
import { inspectAccount, inspectAccounts } from './account-state.ts';
import { applyAccount, blockLogin, enableLogin, letIn, listAccounts } from './accounts.ts';
import { AdminConnections } from './admin-connections.ts';
import { checkCapabilities } from './capabilities.ts';
import { listDatabases, readCatalog, readIdentities } from './catalog.ts';
import { endSessions } from './closure.ts';
import { toEngineError } from './errors.ts';
import { KeyedLock } from './keyed-lock.ts';
import { loadSample } from './load-sample.ts';
import { shutMany } from './many-accounts.ts';
import { dropAccounts } from './many-removal.ts';
import { dropAccount } from './removal.ts';
import { readFacts } from './server-facts.ts';
import { openSession } from './session.ts';

/** PostgreSQL 13 to 18 and what speaks its protocol and has its catalogs (Amazon RDS and Aurora). */
export const postgresEngine: Engine = {
  probe: async (target) => {
    const connections = new AdminConnections(target);
    try {
      return { ok: true, facts: await factsOf(connections) };
    } catch (error) {
      return { ok: false, error: toEngineError(error) };
    } finally {
      await connections.close();
    }
  },
  admin: adminOf,
  openSession,
  loadSample: async (target, database) => {
    const connections = new AdminConnections(target);
    try {
      await loadSample(connections, database);
    } finally {
      await connections.close();
    }
  },
};

function factsOf(connections: AdminConnections): ReturnType<EngineAdmin['facts']> {
  return connections.use(null, readFacts);
}

function adminOf(target: InstanceTarget, onLost?: () => void): EngineAdmin {
  const connections = new AdminConnections(target, onLost);
  // Each is kept while somebody logs in: no end of access shall wait for that.
  const entrance = new AdminConnections(target, onLost);
  const context = { connections, locks: new KeyedLock() };
  return {
    facts: () => factsOf(connections),
    listDatabases: () => listDatabases(connections),
    readCatalog: (database) => connections.use(database, (client) => readCatalog(client, database)),
    readIdentities: (database) => connections.use(database, readIdentities),
    checkCapabilities: (prefix, databases) => checkCapabilities(context, target, prefix, databases),
    applyAccount: (spec) => applyAccount(context, spec),
    enableLogin: (name, password) => enableLogin(context, name, password),
    letIn: (name, password, login) => letIn(context, entrance, name, password, login),
    blockLogin: (name) => blockLogin(context, name),
    endSessions: (name, database, timeoutMs) => endSessions(connections, name, database, timeoutMs),
    dropAccount: (name) => dropAccount(context, name),
    inspectAccount: (name, prefix) => inspectAccount(connections, name, prefix),
    listAccounts: (prefix) => listAccounts(context, prefix),
    many: {
      shut: (names, timeoutMs) => shutMany(context, names, timeoutMs),
      dropAccounts: (names) => dropAccounts(context, names),
      inspect: (names, prefix) => inspectAccounts(connections, names, prefix),
    },
    close: async () => {
      await Promise.all([connections.close(), entrance.close()]);
    },
  };
}
