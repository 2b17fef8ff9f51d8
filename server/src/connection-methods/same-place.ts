import type { Place } from './connection-method.ts';

/** A saved secret is only ever used towards the server that it was saved for: a test must not carry it elsewhere. */
export function isSamePlace(kept: Place, form: Place): boolean {
  const isAsSafe = kept.tlsMode === form.tlsMode && kept.tlsCa === form.tlsCa;
  return kept.host === form.host && kept.port === form.port && isAsSafe;
}
