import { randomUUID } from 'node:crypto';
import { EngineError } from '../../engines/engine.ts';
import { AppError } from '../../platform/errors/app-error.ts';
import { StoreFault, type StoreLog } from '../../platform/store/index.ts';
import type { Tx } from '../../platform/store/tx.ts';
import { type SampleRecord, type SampleState, sampleDatabases } from './sample.ts';
import { freePort } from './sample-clusters.ts';
import type { SampleMaker, SampleParts } from './sample-maker.ts';
import type { SampleRemover } from './sample-remover.ts';

/** Thrown inside the work when the server stops: the next start goes on. */
class Stopping extends Error {}

export interface SampleStatus {
  readonly state: SampleState | 'absent';
  readonly message: string | null;
}

interface ServiceParts extends SampleParts {
  readonly maker: SampleMaker;
  readonly remover: SampleRemover;
  readonly log: StoreLog;
  readonly isPossible: boolean;
}

/** The states of the samples, and the one piece of work on them that this process may have under way. */
export class SampleService {
  readonly #parts: ServiceParts;
  #work: Promise<void> = Promise.resolve();
  #isStopping = false;

  constructor(parts: ServiceParts) {
    this.#parts = parts;
  }

  async status(): Promise<SampleStatus> {
    const record = await this.#parts.store.find();
    return record === null ? { state: 'absent', message: null } : { state: record.state, message: record.message };
  }

  /**
   * Begins to make the samples, or again after it failed. Resolves when that is under way. Refuses with `sample.exists`
   * and, where no embedded PostgreSQL can run, with `sample.not_available`.
   */
  async begin(adminPersonId: string): Promise<void> {
    if (!this.#parts.isPossible) throw notAvailable('There is no embedded PostgreSQL for this machine.');
    const known = await this.#parts.store.find();
    if (known !== null) this.#refuseElsewhere(known);
    const record: SampleRecord = {
      id: known?.id ?? randomUUID(),
      state: 'making',
      message: null,
      adminPersonId,
      ports: known?.ports ?? { hr_test: await freePort(), hr_prod: await freePort() },
    };
    await this.#change('sample.requested', record, async (tx) => {
      const { id: _, ...change } = record;
      const isOurs =
        known === null
          ? await this.#parts.store.insert(tx, record)
          : await this.#parts.store.update(tx, ['failed'], change);
      if (!isOurs) throw new AppError('sample.exists', 'The samples exist already, or are being made or removed.');
    });
    this.#startWork(record);
  }

  /** Begins to remove the samples; also after making or removing them failed. Resolves when that is under way. */
  async beginRemoval(adminPersonId: string): Promise<void> {
    const known = await this.#parts.store.find();
    if (known === null) throw new AppError('sample.absent', 'There are no samples.');
    this.#refuseElsewhere(known);
    const record: SampleRecord = { ...known, state: 'removing', message: null, adminPersonId };
    await this.#change('sample.removal_requested', record, async (tx) => {
      const { state, message } = record;
      const isOurs = await this.#parts.store.update(tx, ['ready', 'failed'], { state, message, adminPersonId });
      if (!isOurs) throw new AppError('object.conflict', 'The samples are being made or removed. Wait a moment.');
    });
    this.#startWork(record);
  }

  /** At the start of the server: starts the clusters, and goes on with what a stopped server left half done. */
  async resume(): Promise<void> {
    const { store, clusters } = this.#parts;
    const record = await store.find();
    if (record === null || !clusters.areHere(record.id)) {
      // A making that was killed before its folder was there: nothing is lost by beginning again.
      if (record?.state === 'making' && this.#parts.isPossible) this.#startWork(record);
      return;
    }
    if (record.state === 'making' || record.state === 'removing') this.#startWork(record);
    else this.#work = this.#startClusters(record);
  }

  /** Settles when the work that is under way has ended, well or not. */
  async whenIdle(): Promise<void> {
    await this.#work;
  }

  /** Ends the work under way; the next start goes on with it. Call before anything that it needs is closed. */
  async stopWork(): Promise<void> {
    this.#isStopping = true;
    await this.#work;
  }

  async stop(): Promise<void> {
    await this.stopWork();
    await this.#parts.clusters.stop();
  }

  #refuseElsewhere(record: SampleRecord): void {
    if (record.state === 'making' || this.#parts.clusters.areHere(record.id)) return;
    // A making that failed at once left no folder: any server process may try again.
    if (record.state === 'failed' && this.#parts.isPossible) return;
    throw notAvailable('The samples run beside another server process of this installation, in its data folder.');
  }

  #startWork(record: SampleRecord): void {
    this.#work = this.#run(record).catch((err: unknown) => {
      this.#parts.log.error({ err }, 'the state of the samples could not be kept');
    });
  }

  async #run(record: SampleRecord): Promise<void> {
    const { maker, remover, store } = this.#parts;
    const checkpoint = () => {
      if (this.#isStopping) throw new Stopping();
    };
    try {
      if (record.state === 'making') {
        await maker.make(record, checkpoint);
        await this.#change('sample.added', record, (tx) => this.#moved(tx, ['making'], { state: 'ready' }));
      } else {
        await remover.remove(record, checkpoint);
        await this.#change('sample.removed', record, (tx) => store.delete(tx));
      }
    } catch (error) {
      if (error instanceof Stopping || this.#isStopping) return;
      this.#parts.log.error({ err: error }, 'the samples failed');
      const message = inWords(error, record.state);
      await this.#change('sample.failed', { ...record, message }, (tx) =>
        this.#moved(tx, [record.state], { state: 'failed', message }),
      );
    }
  }

  async #startClusters(record: SampleRecord): Promise<void> {
    const { maker, log } = this.#parts;
    const starts = sampleDatabases.map((database) => maker.start(record, database));
    for (const result of await Promise.allSettled(starts)) {
      // The instance shows as unreachable; everything else works without it.
      if (result.status === 'rejected') log.error({ err: result.reason as unknown }, 'a sample database did not start');
    }
  }

  async #moved(tx: Tx, from: readonly SampleState[], change: Partial<SampleRecord>): Promise<void> {
    await this.#parts.store.update(tx, from, change);
  }

  async #change(kind: string, record: SampleRecord, work: (tx: Tx) => Promise<void>): Promise<void> {
    const { db, feed, audit } = this.#parts;
    await db.transaction().execute(async (tx) => {
      await work(tx);
      await feed.publish(tx, {
        event: { topic: 'sample', id: null, projectId: null },
        audience: { personIds: [], projectId: null, isEverybody: true },
      });
      const data = { databases: sampleDatabases.map(({ name }) => name), message: record.message };
      await audit.append(tx, { kind, actorId: record.adminPersonId, data });
    });
  }
}

function notAvailable(why: string): AppError {
  return new AppError('sample.not_available', `The samples cannot be had here. ${why}`);
}

function inWords(error: unknown, doing: SampleState): string {
  const what = doing === 'making' ? 'The samples could not be made.' : 'The samples could not be removed.';
  const isSaid = error instanceof AppError || error instanceof StoreFault || error instanceof EngineError;
  return isSaid ? `${what} ${error.message}` : `${what} The server's log says why. Try again.`;
}
