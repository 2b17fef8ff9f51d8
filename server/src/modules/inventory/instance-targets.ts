import { createHash } from 'node:crypto';
import { type ConnectionMethods, methodNamed } from '../../connection-methods/connection-methods.ts';
import type { Engine, EngineAdmin, EngineKind, InstanceTarget } from '../../engines/engine.ts';
import { notFound } from '../../platform/errors/app-error.ts';
import { guardedLookup } from './host-rule.ts';
import { type InstanceRecord, keptConnection } from './instance.ts';
import type { InstanceStore } from './instance-store.ts';
import type { SecretSealer } from './secret-sealer.ts';

export const connectTimeoutMs = 10_000;

export type Engines = Readonly<Record<EngineKind, Engine>>;

/** Everything needed to talk to one registered server. */
export interface ReachableInstance {
  readonly instance: InstanceRecord;
  readonly engine: Engine;
  readonly target: InstanceTarget;
  /** Shared and kept; closed by the registry when the connection changes. Do not close it. */
  admin(): EngineAdmin;
}

interface CachedAdmin {
  readonly fingerprint: string;
  readonly admin: EngineAdmin;
}

/**
 * From an instance's id to its server. The row is read at each call, so that a connection changed by another server
 * process is noticed: the connections of the old one are closed then.
 */
export class InstanceTargets {
  readonly #store: InstanceStore;
  readonly #engines: Engines;
  readonly #sealer: SecretSealer;
  readonly #methods: ConnectionMethods;
  readonly #admins = new Map<string, CachedAdmin>();
  #onLost: (instanceId: string) => void = () => undefined;

  constructor(parts: { store: InstanceStore; engines: Engines; sealer: SecretSealer; methods: ConnectionMethods }) {
    this.#store = parts.store;
    this.#engines = parts.engines;
    this.#sealer = parts.sealer;
    this.#methods = parts.methods;
  }

  /** Refuses with `object.not_found` when the instance is not registered (any more). Dials nothing. */
  async get(instanceId: string): Promise<ReachableInstance> {
    const instance = await this.#store.find(instanceId);
    if (instance === null) {
      await this.close(instanceId);
      throw notFound('instance');
    }
    const engine = this.#engines[instance.engine];
    const method = methodNamed(this.#methods, instance.connectionMethod);
    const ground = { title: instance.title, connectTimeoutMs, lookup: guardedLookup };
    const target = method.target(keptConnection(instance, this.#sealer), ground);
    return { instance, engine, target, admin: () => this.#admin(instance, engine, target) };
  }

  /** Calls back whenever a kept connection was broken by the server or the network. */
  onLost(listener: (instanceId: string) => void): void {
    this.#onLost = listener;
  }

  #admin(instance: InstanceRecord, engine: Engine, target: InstanceTarget): EngineAdmin {
    const fingerprint = fingerprintOf(instance);
    const cached = this.#admins.get(instance.id);
    if (cached?.fingerprint === fingerprint) return cached.admin;
    const admin = engine.admin(target, () => this.#onLost(instance.id));
    this.#admins.set(instance.id, { fingerprint, admin });
    // Whoever still works with the old connections gets an error and tries again with the new ones.
    void cached?.admin.close().catch(() => undefined);
    return admin;
  }

  /** Closes the kept connections of one instance: its connection changed, or it goes. */
  async close(instanceId: string): Promise<void> {
    const cached = this.#admins.get(instanceId);
    this.#admins.delete(instanceId);
    await cached?.admin.close();
  }

  /** Closes everything; called when the server stops. */
  async closeAll(): Promise<void> {
    await Promise.allSettled([...this.#admins.keys()].map((instanceId) => this.close(instanceId)));
  }
}

function fingerprintOf(instance: InstanceRecord): string {
  const { engine, host, port, user, passwordSealed, tlsMode, tlsCa } = instance;
  const { connectionMethod, connectionSettings, methodSecretSealed } = instance;
  const method = [connectionMethod, connectionSettings, methodSecretSealed];
  return createHash('sha256')
    .update(JSON.stringify([engine, host, port, user, passwordSealed, tlsMode, tlsCa, ...method]))
    .digest('hex');
}
