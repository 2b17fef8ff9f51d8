import { setTimeout as pause } from 'node:timers/promises';
import { AppError } from '../../platform/errors/app-error.ts';
import type { AccessGuard } from '../identity/index.ts';
import { removedProjectName, type SampleRecord, sampleDatabases, samplePerson } from './sample.ts';
import { authorOfSamples, type SampleMaker, type SampleParts, transferAuthorOf } from './sample-maker.ts';

/** How long closures may take before removing gives up for now. */
const closesWithinMs = 60_000;
const lookAgainMs = 250;

/**
 * Removes the samples, or finishes removing them: access is closed and proven first, servers and data go last. What the
 * record speaks of stays: the project archived, the person deactivated.
 */
export class SampleRemover {
  readonly #parts: SampleParts;
  readonly #maker: SampleMaker;
  readonly #guard: AccessGuard;

  constructor(parts: SampleParts, maker: SampleMaker, guard: AccessGuard) {
    this.#parts = parts;
    this.#maker = maker;
    this.#guard = guard;
  }

  async remove(record: SampleRecord, checkpoint: () => void): Promise<void> {
    const { clusters, store } = this.#parts;
    const instances = await store.sampleInstances();
    // Closing is done at the servers, so they have to run.
    if (instances.length > 0) await this.#startAll(record);
    for (const id of instances) await this.#unregister(record, id, checkpoint);
    await this.#removeProject(record);
    await this.#retirePerson(record);
    await clusters.stop();
    await clusters.removeFolder(record.id);
  }

  async #startAll(record: SampleRecord): Promise<void> {
    await Promise.all(sampleDatabases.map((database) => this.#maker.start(record, database)));
  }

  async #unregister(record: SampleRecord, instanceId: string, checkpoint: () => void): Promise<void> {
    const deadline = performance.now() + closesWithinMs;
    for (;;) {
      checkpoint();
      try {
        await this.#parts.inventory.instances.unregister(authorOfSamples(record), instanceId);
        return;
      } catch (error) {
        const isClosing = error instanceof AppError && error.code === 'instance.in_use';
        if (!isClosing || performance.now() > deadline) throw error;
      }
      await pause(lookAgainMs);
    }
  }

  async #removeProject(record: SampleRecord): Promise<void> {
    const { db, inventory, store } = this.#parts;
    const project = await store.findProject();
    if (project === null) return;
    if (project.state === 'active') {
      // Databases that somebody else moved in go back to the unassigned.
      const others = await store.databasesOfProject(project.id);
      if (others.length > 0) await inventory.transfers.unassign(transferAuthorOf(record), project.id, others);
      const name = `${removedProjectName} ${project.id.slice(0, 4)}`;
      await inventory.projects.update(authorOfSamples(record), project.id, { state: 'archived', name });
    }
    await db
      .transaction()
      .execute((tx) => store.deleteProject(tx, project.id))
      .catch((error: unknown) => {
        // Grants or requests speak of it: it stays, archived and out of the way.
        if (!isReferenced(error)) throw error;
      });
  }

  async #retirePerson(record: SampleRecord): Promise<void> {
    const { db, store, audit, feed } = this.#parts;
    await db.transaction().execute(async (tx) => {
      const person = await store.findSamplePerson(tx);
      if (person === null) return;
      await this.#guard.lockPeople(tx, [person.id]);
      await store.retirePerson(tx, person.id);
      const cause = { kind: 'person_deactivated', by: record.adminPersonId } as const;
      await this.#guard.accessChanged(tx, [person.id], cause);
      for (const topic of ['person', 'me'] as const) {
        await feed.publish(tx, {
          event: { topic, id: topic === 'me' ? null : person.id, projectId: null },
          audience: { personIds: [person.id], projectId: null, isEverybody: topic === 'person' },
        });
      }
      await audit.append(tx, {
        kind: 'sample.person_removed',
        actorId: record.adminPersonId,
        data: { person: { id: person.id, name: samplePerson.name } },
      });
    });
  }
}

function isReferenced(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '23503';
}
