import { keepServers } from './shared-servers.ts';

/** Runs in Vitest's main process before the first test file; what it answers runs after the last one. */
export default function setup(): Promise<() => Promise<void>> {
  return keepServers();
}
