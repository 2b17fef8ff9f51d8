import { randomUUID } from 'node:crypto';
import type { ServerFacts } from '../../engines/engine.ts';
import { AppError, notFound } from '../../platform/errors/app-error.ts';
import type { ChangeFeed } from '../../platform/events/change-feed.ts';
import type { Db, Tx } from '../../platform/store/tx.ts';
import type { AuditLog } from '../audit/index.ts';
import type { AccessGuard } from '../identity/index.ts';
import { type Author, authorOf } from './author.ts';
import type { CapabilityCheck } from './capability-check.ts';
import type { ConnectionProbe, ProbeResult } from './connection-probe.ts';
import { violatedConstraint } from './constraint-violation.ts';
import type { EnvironmentService } from './environment-service.ts';
import { type BackgroundFailure, finishSoon } from './finish-soon.ts';
import { type ConnectionInput, type InstanceRecord, passwordPurpose } from './instance.ts';
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
}

/** A first sync rarely takes longer; what does goes on after the answer. */
const patienceMs = 5_000;

export class InstanceService {
  readonly #parts: InstanceParts;
  readonly #environmentChange: InstanceEnvironmentChange;

  constructor(parts: InstanceParts) {
    this.#parts = parts;
    this.#environmentChange = new InstanceEnvironmentChange(parts);
  }

  async get(id: string): Promise<InstanceRecord> {
    const instance = await this.#parts.instances.find(id);
    if (instance === null) throw notFound('instance');
    return instance;
  }

  /** Tries a connection without saving anything. With an instance, an omitted password is the kept one. */
  async test(
    input: Omit<ConnectionInput, 'password'> & { password: string | undefined },
    instanceId: string | undefined,
  ): Promise<ProbeResult> {
    const password = input.password ?? (instanceId === undefined ? '' : await this.#keptPassword(instanceId, input));
    return await this.#parts.probe.try({ ...input, password });
  }

  /**
   * Registers a server that could be connected to: seals the password, reads what is there and checks what the
   * connecting user can do. Answers when both are done, or after five seconds; neither can lose the instance.
   * `isSample`: made by Tidegate itself.
   */
  async create(author: Author, input: NewInstanceInput, isSample = false): Promise<string> {
    await this.#parts.environments.get(input.environmentId);
    await this.#refuseTakenTitle(input.title, null);
    const facts = await this.#parts.probe.connect(input);
    await this.#refuseSameServer(facts, null);
    const id = randomUUID();
    const passwordSealed = this.#parts.sealer.seal(input.password, passwordPurpose(id));
    await this.#save(input.title, async (tx) => {
      // What the server says it is counts: MariaDB and MySQL answer to the same client.
      const { password: _, ...kept } = { ...input, engine: facts.engine };
      const shortId = await this.#parts.instances.freeShortId(tx);
      await this.#parts.instances.insert(tx, { ...kept, id, shortId, passwordSealed, facts, isSample });
      await announceInstance(this.#parts.feed, tx, id);
      await this.#record(tx, author, 'instance.created', id, { ...kept, tlsCa: kept.tlsCa !== null });
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
    const connection = await this.#changedConnection(before, change);
    const facts = connection === null ? undefined : await this.#parts.probe.connect(connection);
    if (facts !== undefined) await this.#refuseSameServer(facts, id);
    const { password, ...plain } = change;
    const passwordSealed =
      password === undefined ? {} : { passwordSealed: this.#parts.sealer.seal(password, passwordPurpose(id)) };
    await this.#save(change.title ?? before.title, async (tx) => {
      const finish = await this.#environmentChange.begin(tx, id, change.environmentId);
      await this.#parts.instances.update(tx, id, { ...plain, ...passwordSealed, ...(facts && { facts }) });
      await finish(author);
      await announceInstance(this.#parts.feed, tx, id);
      const { tlsCa, ...shown } = plain;
      const changed = { ...shown, ...(tlsCa !== undefined && { tlsCa: tlsCa !== null }) };
      await this.#record(tx, author, 'instance.changed', id, {
        title: before.title,
        ...changed,
        isPasswordChanged: password !== undefined,
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

  /** The kept password is only ever sent to the server that it was kept for: a test must not carry it elsewhere. */
  async #keptPassword(instanceId: string, input: Omit<ConnectionInput, 'password'>): Promise<string> {
    const { instance, target } = await this.#parts.targets.get(instanceId);
    if (!isSamePlace(instance, input)) {
      throw new AppError(
        'request.invalid',
        'Type the password: the saved one is only sent to the saved host and port, with the saved TLS settings.',
      );
    }
    return await target.password();
  }

  /** The connection as it would be, or null when nothing of it changes. */
  async #changedConnection(before: InstanceRecord, change: InstanceUpdate): Promise<ConnectionInput | null> {
    const { host, port, user, password, tlsMode, tlsCa } = change;
    if ([host, port, user, password, tlsMode, tlsCa].every((value) => value === undefined)) return null;
    const next = {
      engine: before.engine,
      host: host ?? before.host,
      port: port ?? before.port,
      user: user ?? before.user,
      tlsMode: tlsMode ?? before.tlsMode,
      tlsCa: tlsCa === undefined ? before.tlsCa : tlsCa,
    };
    return { ...next, password: password ?? (await this.#keptPassword(before.id, next)) };
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

function isSamePlace(instance: InstanceRecord, input: Omit<ConnectionInput, 'password'>): boolean {
  const isAsSafe = instance.tlsMode === input.tlsMode && instance.tlsCa === input.tlsCa;
  return instance.host === input.host && instance.port === input.port && isAsSafe;
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
