import type { Connection } from '../../connection-methods/connection-method.ts';
import { type ConnectionMethods, methodNamed } from '../../connection-methods/connection-methods.ts';
import { EngineError, type InstanceTarget, type ServerFacts } from '../../engines/engine.ts';
import { readRdsEndpoint } from '../../platform/aws/rds-endpoint.ts';
import { AppError } from '../../platform/errors/app-error.ts';
import { checkHost, guardedLookup, type ResolveHost } from './host-rule.ts';
import { isSameFamily } from './instance.ts';
import { connectTimeoutMs, type Engines } from './instance-targets.ts';

export type ProbeResult = ({ ok: true; facts: ServerFacts } | { ok: false; error: EngineError }) & {
  readonly elapsedMs: number;
};

export interface ProbeOptions {
  readonly resolveHost?: ResolveHost;
  readonly connectTimeoutMs?: number;
}

/** Tries connections before anything is saved. */
export class ConnectionProbe {
  readonly #engines: Engines;
  readonly #methods: ConnectionMethods;
  readonly #options: ProbeOptions;

  constructor(engines: Engines, methods: ConnectionMethods, options: ProbeOptions = {}) {
    this.#engines = engines;
    this.#methods = methods;
    this.#options = options;
  }

  /** Refuses forbidden hosts with `instance.host_refused`; anything that goes wrong while connecting is a result. */
  async try(connection: Connection, title: string): Promise<ProbeResult> {
    const target = methodNamed(this.#methods, connection.method).target(connection, {
      title,
      connectTimeoutMs: this.#options.connectTimeoutMs ?? connectTimeoutMs,
      lookup: guardedLookup,
    });
    const names = new Set([connection.host, ...(target.tls.names ?? [])]);
    for (const name of names) await checkHost(name, this.#options.resolveHost);
    const startedAt = performance.now();
    const unfit = [...names].some((name) => readRdsEndpoint(name).kind === 'proxy') ? behindProxy() : null;
    const result = unfit ?? (await this.#probe(connection, target));
    return { ...result, elapsedMs: Math.round(performance.now() - startedAt) };
  }

  async #probe({ engine }: Connection, target: InstanceTarget) {
    return await this.#engines[engine].probe(target);
  }

  /** The server's facts, or `instance.connection_failed` with what is wrong and what to do. */
  async connect(connection: Connection, title: string): Promise<ServerFacts> {
    const result = await this.try(connection, title);
    if (!result.ok) {
      const { message, hint, kind } = result.error;
      throw new AppError('instance.connection_failed', message, { details: { kind, hint }, cause: result.error });
    }
    if (!isSameFamily(connection.engine, result.facts.engine)) {
      throw new AppError('instance.connection_failed', `The server there is ${result.facts.engine}.`, {
        details: { kind: 'wrong_protocol', hint: 'Choose the engine of the server.' },
      });
    }
    return result.facts;
  }
}

/** It signs in users that it was told of, never the temporary accounts. */
function behindProxy(): { ok: false; error: EngineError } {
  const message = 'This is an RDS Proxy, which cannot log in the temporary accounts that Tidegate makes.';
  const hint = 'Use the endpoint of the cluster (its writer) or of the instance.';
  return { ok: false, error: new EngineError('not_supported', message, { hint }) };
}
