import { type ConnectionMethods, connectionMethods } from '../../connection-methods/connection-methods.ts';
import type { ChangeFeed } from '../../platform/events/change-feed.ts';
import type { Db } from '../../platform/store/tx.ts';
import type { AuditLog } from '../audit/index.ts';
import type { AccessGuard } from '../identity/index.ts';
import type { AccessView } from './access-view.ts';
import { CapabilityCheck } from './capability-check.ts';
import type { CatalogChanges } from './catalog-changes.ts';
import { CatalogStore } from './catalog-store.ts';
import { ConnectionProbe, type ProbeOptions } from './connection-probe.ts';
import { DatabaseReadModel } from './database-read-model.ts';
import { databaseHandlers, databasePages } from './database-routes.ts';
import { DatabaseService } from './database-service.ts';
import { DatabaseStore } from './database-store.ts';
import { environmentHandlers } from './environment-routes.ts';
import { EnvironmentService } from './environment-service.ts';
import { EnvironmentStore } from './environment-store.ts';
import type { BackgroundFailure } from './finish-soon.ts';
import { installationId } from './installation-id.ts';
import type { InstanceClosure } from './instance-closure.ts';
import { InstanceReadModel } from './instance-read-model.ts';
import { instanceHandlers } from './instance-routes.ts';
import { InstanceService } from './instance-service.ts';
import { InstanceStore } from './instance-store.ts';
import { type Engines, InstanceTargets } from './instance-targets.ts';
import { InventorySync } from './inventory-sync.ts';
import { labelHandlers } from './label-routes.ts';
import { LabelService } from './label-service.ts';
import { LabelStore } from './label-store.ts';
import { ProjectReadModel } from './project-read-model.ts';
import { projectHandlers } from './project-routes.ts';
import { ProjectService } from './project-service.ts';
import { ProjectStore } from './project-store.ts';
import { RelationReadModel } from './relation-read-model.ts';
import type { SecretSealer } from './secret-sealer.ts';
import { SyncWorker } from './sync-worker.ts';
import { TransferService } from './transfer-service.ts';

/** What the inventory needs of the platform and of earlier modules. */
export interface InventoryGround {
  readonly db: Db;
  readonly engines: Engines;
  readonly sealer: SecretSealer;
  readonly audit: AuditLog;
  readonly feed: ChangeFeed;
  /** Work that nobody waits for any more went wrong. */
  readonly onBackgroundFailure: BackgroundFailure;
  /** How host names are resolved and how long a server may take to answer, where it is not the usual. */
  readonly probe?: ProbeOptions;
  /** How instances are connected to; all there are, unless a test has its own. */
  readonly methods?: ConnectionMethods;
}

/** What it needs of later modules, wired by `main`. */
export interface InventoryPorts {
  readonly guard: AccessGuard;
  readonly accessView: AccessView;
  readonly closure: InstanceClosure;
  readonly catalogChanges: CatalogChanges;
}

/** From an instance's id to its server: needs nothing of later modules, so they can be made with it. */
export function openInstanceTargets(
  ground: Pick<InventoryGround, 'db' | 'engines' | 'sealer' | 'methods'>,
): InstanceTargets {
  const { db, engines, sealer, methods = connectionMethods } = ground;
  return new InstanceTargets({ store: new InstanceStore(db), engines, sealer, methods });
}

/** The module, put together. `handlers` are its part of the API. */
export function openInventory(ground: InventoryGround, ports: InventoryPorts, targets: InstanceTargets) {
  const { db, audit, feed, methods = connectionMethods } = ground;
  const { guard, closure, catalogChanges } = ports;
  const instances = new InstanceStore(db);
  const catalog = new CatalogStore(db);
  const databases = new DatabaseStore(db);
  const projects = new ProjectStore(db);
  const environmentStore = new EnvironmentStore(db);
  const common = { db, instances, catalog, targets, guard, audit, feed };
  const environments = new EnvironmentService({ ...common, environments: environmentStore });
  const sync = new InventorySync({ ...common, catalogChanges });
  const capabilities = new CapabilityCheck(common);
  const probe = new ConnectionProbe(ground.engines, methods, ground.probe);
  const { sealer, onBackgroundFailure } = ground;
  const parts = {
    ...common,
    environments,
    sync,
    capabilities,
    probe,
    closure,
    sealer,
    onBackgroundFailure,
    methods,
    catalogChanges,
  };
  const worker = new SyncWorker({ instances, sync, onFailure: onBackgroundFailure });
  const instanceService = new InstanceService(parts);
  const projectService = new ProjectService({ ...common, projects });
  const databaseService = new DatabaseService({ ...common, databases, environments, sync });
  const transfers = new TransferService({ ...common, databases, projects });
  const databaseViews = new DatabaseReadModel(db);
  const relations = new RelationReadModel(db);
  const labels = new LabelStore(db);
  return {
    environments,
    instances: instanceService,
    databases: databaseService,
    projects: projectService,
    transfers,
    sync,
    capabilities,
    databasePages: databasePages({ views: databaseViews, access: ports.accessView }),
    /** Called once at start, before anything is synchronised. */
    markInterruptedSyncs: () => instances.markInterruptedSyncs(),
    startSyncing: () => worker.start(),
    stopSyncing: () => worker.stop(),
    /** Reads what has not been read for so many minutes, now. */
    syncStale: (olderThanMinutes: number) => worker.syncStale(olderThanMinutes),
    handlers: {
      ...environmentHandlers({ environments: environmentStore, service: environments }),
      ...instanceHandlers({
        service: instanceService,
        views: new InstanceReadModel(db, methods),
        sync,
        capabilities,
        installation: () => installationId(db),
      }),
      ...databaseHandlers({ service: databaseService, views: databaseViews, relations, access: ports.accessView }),
      ...labelHandlers({ db, views: databaseViews, labels, service: new LabelService({ ...common, labels }) }),
      ...projectHandlers({ service: projectService, transfers, views: new ProjectReadModel(db) }),
    },
  };
}

export type Inventory = ReturnType<typeof openInventory>;
