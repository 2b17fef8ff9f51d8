import type { ChangeFeed } from '../../platform/events/change-feed.ts';
import { isEmbeddedPossible, type StoreLog } from '../../platform/store/index.ts';
import type { Db } from '../../platform/store/tx.ts';
import type { AuditLog } from '../audit/index.ts';
import type { AccessGuard } from '../identity/index.ts';
import type { Engines, Inventory } from '../inventory/index.ts';
import { SampleClusters } from './sample-clusters.ts';
import { SampleMaker } from './sample-maker.ts';
import { SampleRemover } from './sample-remover.ts';
import { sampleHandlers } from './sample-routes.ts';
import { SampleService } from './sample-service.ts';
import { SampleStore } from './sample-store.ts';

export interface SampleGround {
  readonly db: Db;
  readonly dataFolder: string;
  readonly engines: Engines;
  readonly inventory: Inventory;
  readonly guard: AccessGuard;
  readonly audit: AuditLog;
  readonly feed: ChangeFeed;
  readonly log: StoreLog;
}

/** How long the start of the server waits for the sample databases; they go on starting by themselves. */
const startPatienceMs = 1_500;

/** The module, put together: what starts it at registration, its part of the API, and what the server calls at start and stop. */
export async function openSamples(ground: SampleGround) {
  const { db, dataFolder, log } = ground;
  const parts = { ...ground, store: new SampleStore(db), clusters: new SampleClusters(dataFolder, log) };
  const maker = new SampleMaker(parts);
  const remover = new SampleRemover(parts, maker, ground.guard);
  const isPossible = await isEmbeddedPossible();
  const service = new SampleService({ ...parts, maker, remover, isPossible });
  return {
    isPossible,
    /** Begins to make the samples. Never rejects: registration must not fail for them, their state says what is wrong. */
    start: async (adminPersonId: string) => {
      await service.begin(adminPersonId).catch((err: unknown) => log.error({ err }, 'the samples were not begun'));
    },
    handlers: sampleHandlers(service),
    resume: async () => {
      await service.resume();
      const { promise: timeUp, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, startPatienceMs);
      const record = await service.status();
      if (record.state === 'ready' || record.state === 'failed') await Promise.race([service.whenIdle(), timeUp]);
      clearTimeout(timer);
    },
    stopWork: () => service.stopWork(),
    /** Call while the store is open and after whatever uses the sample databases has ended. */
    stop: () => service.stop(),
    whenIdle: () => service.whenIdle(),
  };
}

export type Samples = Awaited<ReturnType<typeof openSamples>>;
