import type { Scope, ScopeView } from '@tidegate/contract';
import { sql } from 'kysely';
import type { Pool } from 'pg';
import type { ChangeFeed } from '../../platform/events/change-feed.ts';
import type { Log } from '../../platform/log/log.ts';
import type { Db, Tx } from '../../platform/store/tx.ts';
import type { AuditLog } from '../audit/index.ts';
import type { InstanceTargets, SecretSealer } from '../inventory/index.ts';
import { accessAtHandlers } from './access-at-routes.ts';
import { SqlAccessGuard } from './access-guard-sql.ts';
import { LedgerAccessView } from './access-view-ledger.ts';
import { AccountReconciler, type SessionEnder } from './account-reconciler.ts';
import { AccountRemoval } from './account-removal.ts';
import { AccountService } from './account-service.ts';
import { AccountStore } from './account-store.ts';
import { ClosureRecord } from './closure-record.ts';
import { DatabaseReaders } from './database-readers.ts';
import { ExpiryWorker } from './expiry-worker.ts';
import { findingHandlers } from './finding-routes.ts';
import { GrantAmendments } from './grant-amendments.ts';
import { readLoss } from './grant-effect.ts';
import { GrantReadModel, type GrantRow } from './grant-read-model.ts';
import { grantHandlers } from './grant-routes.ts';
import { GrantService } from './grant-service.ts';
import { SqlInstanceClosure } from './instance-closure-sql.ts';
import { InstanceFindings } from './instance-findings.ts';
import { Ledger } from './ledger.ts';
import { LostTables } from './lost-tables.ts';
import { memberHandlers } from './member-routes.ts';
import { MemberService } from './member-service.ts';
import { MemberStore } from './member-store.ts';
import { openRowsOf } from './open-grant.ts';
import { OpeningPause } from './opening-pause.ts';
import { pauseHandlers } from './pause-routes.ts';
import { ReconcileRunner } from './reconcile-runner.ts';
import { ReturningInstances } from './returning-instances.ts';
import { revocationHandlers } from './revocation-routes.ts';
import { RevocationService } from './revocation-service.ts';
import { SqlRevocationStore } from './revocation-store.ts';
import { readCautions } from './scope-cautions.ts';
import { freezeScope, type NameReader } from './scope-freeze.ts';
import { presentScopes } from './scope-views.ts';
import { accessSentence } from './scope-words.ts';
import { StoreLocks } from './store-locks.ts';
import { Strangers } from './strangers.ts';
import { Sweeper } from './sweeper.ts';

export interface GrantGround {
  readonly db: Db;
  readonly pool: Pool;
  readonly log: Log;
  readonly audit: AuditLog;
  readonly feed: ChangeFeed;
  readonly sealer: SecretSealer;
  readonly targets: InstanceTargets;
  /** Of accounts' names, see `installationId`. */
  readonly installation: string;
  /** Calls back for each notification of the store; `onGap` when some may have been missed. */
  readonly listen: (channel: string, handler: () => void, onGap: () => void) => unknown;
}

/** The module, put together. `sessions` hear of sessions that were ended at a server. */
export function openGrants(ground: GrantGround, sessions: SessionEnder) {
  const { db } = ground;
  const pause = new OpeningPause(ground);
  const ledger = new Ledger(ground);
  const lostTables = new LostTables(ground);
  const guard = new SqlAccessGuard(ledger, lostTables);
  const accounts = new AccountStore(db);
  const locks = new StoreLocks(ground.pool);
  const record = new ClosureRecord({ ...ground, accounts });
  const reconciler = new AccountReconciler({ ...ground, ledger, accounts, record, sessions });
  const removal = new AccountRemoval({ ...ground, ledger, accounts, record, locks, sessions });
  const runner = new ReconcileRunner({ ...ground, accounts, reconciler, removal, record, locks });
  const findings = new InstanceFindings(db);
  const strangers = new Strangers({ accounts, reconciler, findings });
  const sweeper = new Sweeper({ ...ground, accounts, reconciler, strangers, findings, locks, pause }, () =>
    runner.wake(),
  );
  const returning = new ReturningInstances((instanceId) => sweeper.sweepOne(instanceId));
  ground.targets.onLost((instanceId) => returning.lost(instanceId));
  const expiry = new ExpiryWorker({ ...ground, ledger, guard });
  const views = new GrantReadModel(db);
  const members = new MemberStore(db);
  const amendments = new GrantAmendments({ ...ground, ledger });
  const holdersOf = (grantId: string, tx?: Tx) => findHolders(tx ?? db, grantId);
  const service = new GrantService({ ledger, holdersOf, openRowsOf, lostTables });
  const revocationStore = new SqlRevocationStore(db);
  const lossOf = (ids: readonly string[], left: Parameters<typeof readLoss>[2]) => readLoss(db, ids, left);
  const revocations = new RevocationService({ ledger, amendments, store: revocationStore, lossOf });
  const memberService = new MemberService({ ...ground, ledger, amendments, guard, store: members });
  return {
    ledger,
    amendments,
    service,
    guard,
    pause,
    views,
    runner,
    expiry,
    sweeper,
    /** A connection to the instance broke that nobody had ended. */
    connectionLost: (instanceId: string) => returning.lost(instanceId),
    accounts: new AccountService({ ...ground, ledger, accounts, reconciler, strangers, locks }),
    accessView: new LedgerAccessView(db, ledger),
    closure: new SqlInstanceClosure({ db, guard, whenIdle: () => runner.whenIdle() }),
    presentScopes: (things: readonly { projectId: string; scope: Scope }[]) => presentScopes(db, things),
    accessSentence,
    freezeScope: (scope: Scope, reader: NameReader) => freezeScope(db, scope, reader),
    cautionsOn: (projectId: string, scope: ScopeView, askedAt: Date) => readCautions(db, projectId, scope, askedAt),
    /** Grants in words for others than their pages: nobody's abilities. */
    presentGrants: (rows: readonly GrantRow[]) => views.present(nobody, rows),
    describeScope: async (tx: Tx, projectId: string, scope: Scope) =>
      (await presentScopes(tx, [{ projectId, scope }]))[0]?.sentence ?? '',
    handlers: {
      ...accessAtHandlers(db),
      ...grantHandlers({ db, service, amendments, views, now: () => ledger.now() }),
      ...revocationHandlers({ service: revocations, store: revocationStore, readers: new DatabaseReaders(db) }),
      ...findingHandlers(findings),
      ...pauseHandlers(pause),
      ...memberHandlers({ db, service: memberService, store: members, grants: views }),
    },
    start: () => {
      ground.listen(
        'tidegate_reconcile',
        () => runner.wake(),
        () => runner.wake(),
      );
      ground.listen(
        'tidegate_expiry',
        () => expiry.wake(),
        () => expiry.wake(),
      );
      runner.wake();
      sweeper.start();
      expiry.start();
    },
    stop: async () => {
      await returning.stop();
      await expiry.stop();
      await sweeper.stop();
      await runner.stop();
      await locks.stop();
    },
  };
}

const nobody = { personId: '', can: () => false };

export type Grants = ReturnType<typeof openGrants>;

async function findHolders(db: Db, grantId: string): Promise<string[] | null> {
  const { rows } = await sql<{ people: string[] }>`
    select case when g.person_id is not null then array[g.person_id]
      else coalesce((select array_agg(person_id) from tidegate.group_member where group_id = g.group_id), '{}') end as people
    from tidegate.access_grant g where g.id = ${grantId}`.execute(db);
  return rows[0]?.people ?? null;
}
