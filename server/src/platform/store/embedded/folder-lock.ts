import { spawnSync } from 'node:child_process';
import { closeSync, constants, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { StoreFault } from '../store-fault.ts';

/** From sys/fcntl.h of macOS: `open` takes the lock itself, and fails at once when somebody holds it. */
const openWithLock = 0x20 | 0x4;

/**
 * One Tidegate for each folder. The kernel holds the lock for the open file and lets go of it when the process ends, by
 * whatever end, so there is nothing stale after `kill -9`. Refuses with `StoreFault` when another process has it.
 */
export function lockFolder(file: string): () => void {
  const descriptor = process.platform === 'darwin' ? openLocked(file) : openAndLock(file);
  ftruncateSync(descriptor);
  writeSync(descriptor, `${process.pid}\n`, 0);
  return () => closeSync(descriptor);
}

function openAndLock(file: string): number {
  const descriptor = openSync(file, constants.O_RDWR | constants.O_CREAT, 0o600);
  // Node has no flock of its own. The lock belongs to the open file, which the child shares: it stays when the child ends.
  const result = spawnSync('flock', ['--nonblock', '3'], { stdio: ['ignore', 'ignore', 'ignore', descriptor] });
  if (result.status === 0) return descriptor;
  closeSync(descriptor);
  if (result.error !== undefined) {
    throw new StoreFault(
      'The program "flock" (package util-linux) is missing; it guards the data folder.',
      result.error,
    );
  }
  throw heldByAnother(file);
}

function openLocked(file: string): number {
  try {
    return openSync(file, constants.O_RDWR | constants.O_CREAT | openWithLock, 0o600);
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'EAGAIN' ? heldByAnother(file) : error;
  }
}

function heldByAnother(file: string): StoreFault {
  const holder = readFileSync(file, 'utf8').trim();
  return new StoreFault(
    `Another Tidegate${holder === '' ? '' : ` (process ${holder})`} is using this data folder (${file}). ` +
      'Stop it first, or set TIDEGATE_DATA to a folder of its own.',
  );
}
