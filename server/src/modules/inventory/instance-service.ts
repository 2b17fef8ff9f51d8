import { randomUUID } from 'node:crypto';
import type { Connection, MethodSettings } from '../../connection-methods/connection-method.ts';
import type { ConnectionMethods } from '../../connection-methods/connection-methods.ts';
import type { ServerFacts } from '../../engines/engine.ts';
import { AppError, notFound } from '../../platform/errors/app-error.ts';
import type { ChangeFeed } from '../../platform/events/change-feed.ts';
import type { Db, Tx } from '../../platform/store/tx.ts';
import type { AuditLog } from '../audit/index.ts';
import type { AccessGuard } from '../identity/index.ts';
import { type Author, authorOf } from './author.ts';
import type { CapabilityCheck } from './capability-check.ts';
import type { CatalogChanges } from './catalog-changes.ts';
import type { ConnectionProbe, ProbeResult } from './connection-probe.ts';
import { ConnectionReader } from './connection-reader.ts';
import { violatedConstraint } from './constraint-violation.ts';
import type { EnvironmentService } from './environment-service.ts';
import { type BackgroundFailure, finishSoon } from './finish-soon.ts';
import { type ConnectionInput, type InstanceRecord, sealSecret } from './instance.ts';
import type { InstanceClosure } from './instance-closure.ts';
import { InstanceEnvironmentChange } from './instance-environment-change.ts';
import type { InstanceStore } from './instance-store.ts';
import type { InstanceTargets } from './instance-targets.ts';
import { announceInstance } from './inventory-events.ts';
import type { InventorySync } from './inventory-sync.ts';
import type { SecretSealer } from './secret-sealer.ts';

export interface NewInstanceInput extends ConnectionInput {
  readonly title: string;
  readonly environmentId: string;
}

/** What may change; the engine may not. */
export type InstanceUpdate = Partial<Omit<NewInstanceInput, 'engine'>>;

export interface InstanceParts {
  readonly db: Db;
  readonly instances: InstanceStore;
  readonly environments: EnvironmentService;
  readonly probe: ConnectionProbe;
  readonly targets: InstanceTargets;
  readonly sync: InventorySync;
  readonly capabilities: CapabilityCheck;
  readonly closure: InstanceClosure;
  readonly guard: AccessGuard;
  readonly sealer: SecretSealer;
  readonly audit: AuditLog;
  readonly feed: ChangeFeed;
  readonly onBackgroundFailure: BackgroundFailure;
  readonly methods: ConnectionMethods;
  readonly catalogChanges: CatalogChanges;
}

/** A first sync rarely takes longer; what does goes on after the answer. */
const patienceMs = 5_000;

export class InstanceService {
  readonly #parts: InstanceParts;
  readonly #environmentChange: InstanceEnvironmentChange;
  readonly #reader: ConnectionReader;

  constructor(parts: InstanceParts) {
    this.#parts = parts;
    this.#environmentChange = new InstanceEnvironmentChange(parts);
    this.#reader = new ConnectionReader(parts.methods, parts.sealer);
  }

  async get(id: string): Promise<InstanceRecord> {
    const instance = await this.#parts.instances.find(id);
    if (instance === null) throw notFound('instance');
    return instance;
  }

  /** Tries a connection without saving anything. With an instance, an omitted secret is the kept one. */
  async test(input: ConnectionInput, instanceId: string | undefined): Promise<ProbeResult> {
    const kept = instanceId === undefined ? null : await this.get(instanceId);
    const typed = kept === null ? { ...input, password: input.password ?? '' } : input;
    return await this.#parts.probe.try(this.#reader.read(typed, kept), kept?.title ?? 'test');
  }

  /**
   * Registers a server that could be connected to: seals the password, reads what is there and checks what the
   * connecting user can do. Answers when both are done, or after five seconds; neither can lose the instance.
   * `isSample`: made by Tidegate itself.
   */
  async create(author: Author, input: NewInstanceInput, isSample = false): Promise<string> {
    await this.#parts.environments.get(input.environmentId);
    await this.#refuseTakenTitle(input.title, null);
    const connection = this.#reader.read(input, null);
    const facts = await this.#parts.probe.connect(connection, input.title);
    await this.#refuseSameServer(facts, null);
    const id = randomUUID();
    await this.#save(input.title, async (tx) => {
      // What the server says it is counts: MariaDB and MySQL answer to the same client.
      const kept = { ...connection, engine: facts.engine, title: input.title, environmentId: input.environmentId };
      const shortId = await this.#parts.instances.freeShortId(tx);
      const sealed = sealSecret(this.#parts.sealer, id, connection);
      await this.#parts.instances.insert(tx, { ...kept, ...sealed, id, shortId, facts, isSample });
      await announceInstance(this.#parts.feed, tx, id);
      await this.#record(tx, author, 'instance.created', id, {
        ...shownOf(kept),
        title: input.title,
        environmentId: input.environmentId,
      });
    });
    await finishSoon(this.#examine(id, author.personId), patienceMs, 'first sync', this.#parts.onBackgroundFailure);
    return id;
  }

  async #examine(id: string, by: string): Promise<void> {
    await this.#parts.sync.syncInstance(id, by);
    await this.#parts.capabilities.check(id, by);
  }

  /** A changed connection is tried before it is saved; a server that another instance has is refused. */
  async update(author: Author, id: string, change: InstanceUpdate): Promise<void> {
    const before = await this.get(id);
    if (change.title !== undefined) await this.#refuseTakenTitle(change.title, id);
    if (change.environmentId !== undefined) await this.#parts.environments.get(change.environmentId);
    const connection = this.#reader.readChange(before, change);
    const tried =
      connection === null ? undefined : await this.#tryChanged(id, connection, change.title ?? before.title);
    await this.#save(change.title ?? before.title, async (tx) => {
      const finish = await this.#environmentChange.begin(tx, id, change.environmentId);
      const { title, environmentId } = change;
      await this.#parts.instances.update(tx, id, { title, environmentId, connection: tried });
      if (connection !== null && this.#reader.isSignInChanged(before, connection)) {
        await this.#parts.catalogChanges.signInChanged(tx, id);
      }
      await finish(author);
      await announceInstance(this.#parts.feed, tx, id);
      await this.#record(tx, author, 'instance.changed', id, {
        title: before.title,
        ...(title !== undefined && { newTitle: title }),
        ...(environmentId !== undefined && { environmentId }),
        ...(connection !== null && shownOf(connection)),
        isPasswordChanged: change.password !== undefined,
      });
    });
    // A connection is also mended so that an unregistering can finish; then there is nothing to read any more.
    if (connection === null || before.unregisteringAt !== null) return;
    await this.#parts.targets.close(id).catch((error: unknown) => this.#parts.onBackgroundFailure(error, 'closing'));
    await finishSoon(this.#examine(id, author.personId), patienceMs, 'sync', this.#parts.onBackgroundFailure);
  }

  /**
   * Closes all access on the instance first. Refuses with `instance.in_use` while a closure is open: nothing opens
   * there any more, and asking again later finishes it.
   */
  async unregister(author: Author, id: string): Promise<void> {
    const instance = await this.get(id);
    if (instance.unregisteringAt === null) {
      await this.#parts.audit.record({
        kind: 'instance.unregistering',
        ...authorOf(author),
        instanceId: id,
        data: { title: instance.title },
      });
    }
    if ((await this.#parts.closure.closeInstance(id, author)) === 'closing') {
      throw new AppError(
        'instance.in_use',
        `Access on ${instance.title} is being closed. Nothing new opens there; unregister again when all of it is closed.`,
      );
    }
    await this.#parts.db.transaction().execute(async (tx) => {
      if ((await this.#parts.instances.findForChange(tx, id)) === null) throw notFound('instance');
      await this.#parts.instances.unregister(tx, id);
      await announceInstance(this.#parts.feed, tx, id);
      await this.#record(tx, author, 'instance.unregistered', id, { title: instance.title });
    });
    await this.#parts.targets.close(id).catch((error: unknown) => this.#parts.onBackgroundFailure(error, 'closing'));
  }

  async #tryChanged(id: string, connection: Connection, title: string) {
    const facts = await this.#parts.probe.connect(connection, title);
    await this.#refuseSameServer(facts, id);
    return { ...connection, ...sealSecret(this.#parts.sealer, id, connection), facts };
  }

  async #refuseTakenTitle(title: string, exceptId: string | null): Promise<void> {
    const other = await this.#parts.instances.findLike({ title });
    if (other !== null && other.id !== exceptId) throw titleTaken(title);
  }

  async #refuseSameServer(facts: ServerFacts, exceptId: string | null): Promise<void> {
    const other = await this.#parts.instances.findLike({ identity: facts.identity });
    if (other !== null && other.id !== exceptId) throw sameServer(other.title);
  }

  /** The store has the last word: two administrators may register at once. */
  async #save(title: string, work: (tx: Tx) => Promise<void>): Promise<void> {
    try {
      await this.#parts.db.transaction().execute(work);
    } catch (error) {
      const constraint = violatedConstraint(error);
      if (constraint === 'instance_title_unique') throw titleTaken(title);
      if (constraint === 'instance_same_server_once') throw sameServer(null);
      if (constraint === 'instance_environment_id_fkey') throw notFound('environment');
      throw error;
    }
  }

  async #record(
    tx: Tx,
    author: Author,
    kind: string,
    instanceId: string,
    data: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    await this.#parts.audit.append(tx, { kind, ...authorOf(author), instanceId, data });
  }
}

/** What the record keeps of a connection: everything but secrets. */
function shownOf({ engine, host, port, user, tlsMode, tlsCa, method, settings }: Omit<Connection, 'secret'>) {
  const shown: Readonly<Record<string, unknown>> & { settings: MethodSettings } = {
    ...{ engine, host, port, user, tlsMode, tlsCa: tlsCa !== null },
    ...{ connectionMethod: method, settings },
  };
  return shown;
}

function titleTaken(title: string): AppError {
  return new AppError('instance.title_taken', `There is an instance named ${title} already.`);
}

function sameServer(title: string | null): AppError {
  return new AppError(
    'instance.same_server',
    title === null
      ? 'This server is registered already.'
      : `This server is registered already, as ${title}. Two instances on one server would undo each other's accounts.`,
    { details: { title } },
  );
}
