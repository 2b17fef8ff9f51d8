import { EngineError, type EngineErrorKind } from './engine.ts';

const kinds: ReadonlySet<EngineErrorKind> = new Set(['connection_lost', 'ended_by_administrator', 'cancelled']);

/**
 * What a connection of an account's own says when another of its sessions ends it, as every account of MySQL may. Also what
 * it says when it broke otherwise.
 */
export function isTurnedAway(error: unknown): boolean {
  return error instanceof EngineError && kinds.has(error.kind);
}
