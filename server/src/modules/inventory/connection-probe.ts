import type { EngineError, ServerFacts } from '../../engines/engine.ts';
import { AppError } from '../../platform/errors/app-error.ts';
import { checkHost, type ResolveHost } from './host-rule.ts';
import { type ConnectionInput, isSameFamily, targetOf } from './instance.ts';
import type { Engines } from './instance-targets.ts';

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
  readonly #options: ProbeOptions;

  constructor(engines: Engines, options: ProbeOptions = {}) {
    this.#engines = engines;
    this.#options = options;
  }

  /** Refuses forbidden hosts with `instance.host_refused`; anything that goes wrong while connecting is a result. */
  async try(connection: ConnectionInput): Promise<ProbeResult> {
    await checkHost(connection.host, this.#options.resolveHost);
    const target = {
      ...targetOf(connection, async () => connection.password),
      ...(this.#options.connectTimeoutMs !== undefined && { connectTimeoutMs: this.#options.connectTimeoutMs }),
    };
    const startedAt = performance.now();
    const result = await this.#engines[connection.engine].probe(target);
    return { ...result, elapsedMs: Math.round(performance.now() - startedAt) };
  }

  /** The server's facts, or `instance.connection_failed` with what is wrong and what to do. */
  async connect(connection: ConnectionInput): Promise<ServerFacts> {
    const result = await this.try(connection);
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
