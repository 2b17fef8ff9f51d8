/**
 * The server's clock as seen from here. Countdowns follow it, never the machine's own clock, which may be minutes off.
 * Each reading is late by the time it travelled, so a reading that puts the server further ahead is the better one
 * until a newer one differs by more than a second.
 */
let offsetMs = 0;
let isSet = false;
const listeners = new Set<() => void>();

/** Takes a reading of the server's time. */
export function readServerTime(iso: string, localNow = Date.now()): void {
  const reading = Date.parse(iso) - localNow;
  if (Number.isNaN(reading)) return;
  const difference = reading - offsetMs;
  if (isSet && difference <= 0 && difference > -1000) return;
  isSet = true;
  offsetMs = reading;
  if (Math.abs(difference) > 250) for (const listener of listeners) listener();
}

/** Now, by the server's clock, in milliseconds. */
export function serverNow(): number {
  return Date.now() + offsetMs;
}

/** Calls back when the clock was corrected by more than a blink. */
export function onClockCorrected(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
