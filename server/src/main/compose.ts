import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { analyse, outlivingWork, splitStatements, warmUp } from '@tidegate/sql-analysis';
import { sql } from 'kysely';
import { createMySqlEngine } from '../engines/mysql/engine-mysql.ts';
import { postgresEngine } from '../engines/postgres/engine-postgres.ts';
import { openRequests } from '../modules/access-request/index.ts';
import { openApproval } from '../modules/approval/index.ts';
import {
  AuditRetention,
  auditHandlers,
  Checkpoints,
  keepSearchable,
  openAuditSigner,
  startAuditLog,
} from '../modules/audit/index.ts';
import { openEmergency } from '../modules/emergency/index.ts';
import { openGrants, type SessionEnder } from '../modules/grant/index.ts';
import {
  createActorLoader,
  createReauthentication,
  identityHandlers,
  recordRefusals,
} from '../modules/identity/index.ts';
import { installationId, openInstanceTargets, openInventory } from '../modules/inventory/index.ts';
import { openNotifications, removeOldNotices } from '../modules/notification/index.ts';
import { openRiskCenter } from '../modules/risk/index.ts';
import { openSamples } from '../modules/sample/index.ts';
import {
  EndedSessions,
  RelationCatalog,
  ServerPresence,
  SessionDialer,
  SessionService,
  SqlSessionStore,
  StatementLog,
  StatementService,
  sessionHandlers,
} from '../modules/session/index.ts';
import { createStoreClock } from '../platform/clock/clock.ts';
import type { Config } from '../platform/config/index.ts';
import { openSealer } from '../platform/crypto/index.ts';
import { eventHandlers } from '../platform/events/event-handlers.ts';
import { createStoreChangeFeed } from '../platform/events/store-change-feed.ts';
import { createHttpServer } from '../platform/http/http-server.ts';
import { asAppError, presentProblem } from '../platform/http/problem-answer.ts';
import type { Log } from '../platform/log/log.ts';
import type { Store } from '../platform/store/index.ts';
import { auditSentences } from './audit-sentences.ts';
import { grantScopes, requestLedger, requestRisk } from './request-ground.ts';
import { RestoreWatch } from './restore-watch.ts';
import { rightsNow } from './rights-now.ts';
import { scopeWords } from './scope-words.ts';
import { sessionViews } from './session-views.ts';
import { hourly, startUpkeep } from './upkeep.ts';

/** What happened so recently may still be rewritten by whoever owns the store. */
const checkpointMinutes = 10;
const webDist = join(import.meta.dirname, '../../../web/dist');

export interface Tidegate {
  listen(port: number, host: string): Promise<string>;
  stop(): Promise<void>;
}

/** Puts the whole product together on an open store. The only place that knows everything. */
export async function compose(parts: {
  readonly config: Config;
  readonly store: Store;
  readonly log: Log;
  readonly version: string;
}): Promise<Tidegate> {
  const { config, store, log, version } = parts;
  const { db, pool } = store;
  const { sealer, source } = await openSealer({
    pool,
    storeKind: store.kind,
    dataFolder: config.dataFolder,
    secretKey: config.secretKey,
  });
  const clock = createStoreClock(db);
  const signer = await openAuditSigner(db, sealer);
  const search = keepSearchable(db, log);
  const audit = await startAuditLog(db, () => search.noticed());
  const checkpoints = new Checkpoints(db, signer);
  const retention = new AuditRetention({ db, audit, signer });
  const feed = await createStoreChangeFeed(store, log);
  const mysql = createMySqlEngine();
  const engines = { postgresql: postgresEngine, mysql, mariadb: mysql };
  const targets = openInstanceTargets({ db, engines, sealer });
  const installation = await installationId(db);

  // The reconciler tells the sessions, which are made after it: one late binding.
  let sessions: SessionService | null = null;
  const ender: SessionEnder = {
    endLocal: async (accountId, databases) => await sessions?.endLocal(accountId, databases),
  };
  const listen = (channel: string, handler: () => void, onGap: () => void) => store.listen(channel, handler, onGap);
  const grants = openGrants({ db, pool, log, audit, feed, sealer, targets, installation, listen }, ender);
  const notifications = openNotifications({ db, feed, log, listen });
  const inventory = openInventory(
    {
      db,
      engines,
      sealer,
      audit,
      feed,
      onBackgroundFailure: (err, what) => log.error({ err }, what),
    },
    { guard: grants.guard, accessView: grants.accessView, closure: grants.closure, catalogChanges: grants.guard },
    targets,
  );
  const actors = createActorLoader(db);
  const samples = await openSamples({
    db,
    dataFolder: config.dataFolder,
    engines,
    inventory,
    guard: grants.guard,
    audit,
    feed,
    log,
  });
  const presence = new ServerPresence(pool);
  const sessionStore = new SqlSessionStore(db);
  const endedSessions = new EndedSessions({
    db,
    audit,
    living: async (servers) => [presence.serverId, ...(await presence.living(servers))],
  });
  sessions = new SessionService({
    db,
    store: sessionStore,
    ledger: grants.ledger,
    dialer: new SessionDialer({ accounts: grants.accounts, targets }),
    audit,
    feed,
    serverId: presence.serverId,
    endedSessions,
    onLateRecord: (err) => log.warn({ err }, 'the end of a session is recorded later'),
    onConnectionLost: (instanceId) => grants.connectionLost(instanceId),
  });
  const statements = new StatementService({
    sessions,
    analysis: { split: splitStatements, analyse, outlivingWork },
    catalog: new RelationCatalog(db),
    log: new StatementLog(db, audit),
    audit,
    quickSync: (databaseId) => inventory.sync.syncDatabase(databaseId),
    accessOn: (personId, databaseId) => grants.ledger.accessOn(db, personId, databaseId),
    problemOf: (error, id) => presentProblem(asAppError(error), id),
  });
  const risk = openRiskCenter({ db, audit, feed });
  const approval = openApproval({ db, audit });
  const asking = {
    ...{ db, audit, feed, approval: approval.store, approvers: approval.approvers },
    ledger: requestLedger(grants),
    rights: rightsNow(actors),
    risk: requestRisk,
  };
  const emergency = openEmergency({
    ...asking,
    reauthenticate: createReauthentication({ db, pool, audit }),
    scopesOf: grantScopes(grants),
  });
  const requests = openRequests({
    ...asking,
    words: scopeWords(grants),
    now: () => clock.now(),
  });
  const server = await createHttpServer({
    handlers: {
      ...identityHandlers({
        db,
        pool,
        clock,
        actors,
        audit,
        feed,
        guard: grants.guard,
        roleAccess: grants.guard,
        samples,
        version,
        listWarnings: async () => [...(source === 'store' ? [storeKeyWarning] : []), ...(await risk.warnings())],
      }),
      ...inventory.handlers,
      ...samples.handlers,
      ...grants.handlers,
      ...risk.handlers,
      ...approval.handlers,
      ...requests.handlers,
      ...emergency.handlers,
      ...sessionHandlers({
        sessions,
        statements,
        store: sessionStore,
        views: sessionViews({ grants, inventory, db, clock }),
      }),
      ...auditHandlers({ db, audit, signer, checkpoints, retention, sentences: auditSentences }),
      ...notifications.handlers,
      ...eventHandlers(feed),
    },
    loadActor: (cookie) => actors.bySignIn(cookie),
    config: {
      externalUrl: config.externalUrl ?? null,
      trustedProxies: config.trustedProxies,
      version,
      checksAnswers: process.env['NODE_ENV'] === 'test',
    },
    log,
    clock,
    isStoreReady: async () => store.isUp() && (await isAnswering(store)),
    webDist: existsSync(webDist) ? webDist : null,
    onRefused: recordRefusals(audit),
  });

  await inventory.markInterruptedSyncs();
  await presence.start();
  await endedSessions.endAbandoned();
  const restoreWatch = new RestoreWatch({ db, installation, dataFolder: config.dataFolder });
  const restored = await restoreWatch.begin();
  if (restored !== null) await grants.pause.begin(restored);
  await samples.resume();
  grants.start();
  notifications.start();
  inventory.startSyncing();
  void warmUp();
  const running = sessions;
  const upkeep = startUpkeep(
    {
      'ending sessions of servers that are gone': () => endedSessions.endAbandoned(),
      'giving up statements without an end': () => endedSessions.giveUpStatements(),
      'comparing sessions with the record': () => running.tidy(),
      'signing for the record': () => checkpoints.makeIfOlderThan(checkpointMinutes),
      'removing what the record need not keep': () => retention.apply(),
      'removing old notices': hourly(() => removeOldNotices(db)),
      'expiring requests': () => requests.upkeep.expireOverdue(),
      'counting on, to notice a restored store': () => restoreWatch.count(),
    },
    log,
  );
  return {
    listen: (port, host) => server.listen({ port, host }),
    stop: async () => {
      await server.close();
      await upkeep.stop();
      await samples.stopWork();
      inventory.stopSyncing();
      await running.closeAll('The server was stopped.');
      await grants.stop();
      await notifications.stop();
      await checkpoints
        .makeIfOlderThan(0)
        .catch((err: unknown) => log.warn({ err }, 'the record could not be signed for'));
      await search.stop();
      presence.stop();
      await targets.closeAll();
      await samples.stop();
    },
  };
}

const storeKeyWarning = {
  key: 'secret-key-in-store',
  message:
    'The key that seals passwords was generated and is kept in the metadata store beside them: it protects nothing from somebody who can read the store.',
  action: 'Set TIDEGATE_SECRET_KEY (openssl rand -base64 32), restart, then run: npm run rotate-key',
};

async function isAnswering(store: Store): Promise<boolean> {
  return await sql`select 1`.execute(store.db).then(
    () => true,
    () => false,
  );
}
