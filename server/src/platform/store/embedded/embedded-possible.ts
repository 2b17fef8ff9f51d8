import { StoreFault } from '../store-fault.ts';
import { findPostgresPrograms } from './postgres-programs.ts';

/** Whether there are programs for an embedded server at all; whether they start is known only by starting them. */
export async function isEmbeddedPossible(): Promise<boolean> {
  try {
    await findPostgresPrograms(undefined);
    return true;
  } catch (error) {
    if (error instanceof StoreFault) return false;
    throw error;
  }
}
