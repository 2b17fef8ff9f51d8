import { execFileSync } from 'node:child_process';
import { readFile, readlink, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { StoreFault } from '../store-fault.ts';
import type { StoreLog } from '../store-log.ts';

const stopsWithinMs = 60_000;

/**
 * A server of this folder may still run after its Tidegate was killed: it is asked to stop and waited for. A pid file
 * whose number belongs to some other process by now is removed, since PostgreSQL itself would take that process for a
 * server. Call it only under the folder's lock.
 */
export async function endPreviousServer(clusterFolder: string, log: StoreLog): Promise<void> {
  const file = join(clusterFolder, 'postmaster.pid');
  const pid = Number((await readFile(file, 'utf8').catch(() => '')).split('\n')[0]);
  if (!Number.isInteger(pid) || pid <= 1 || !isAlive(pid)) return;
  if (!(await isServerOf(pid, clusterFolder))) {
    log.warn({ pid }, 'a pid file was left behind and its number belongs to another process now; removed');
    await rm(file, { force: true });
    return;
  }
  log.warn({ pid }, 'the PostgreSQL of a Tidegate that is gone still runs; stopping it');
  process.kill(pid, 'SIGINT');
  const deadline = performance.now() + stopsWithinMs;
  while (isAlive(pid)) {
    if (performance.now() > deadline) {
      throw new StoreFault(`A PostgreSQL server (process ${pid}) still runs on ${clusterFolder} and does not stop.`);
    }
    await pause(20);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** PostgreSQL works in its own data folder; where the kernel does not tell, its command line names the folder. */
async function isServerOf(pid: number, clusterFolder: string): Promise<boolean> {
  const folder = await realpath(clusterFolder);
  if (process.platform === 'linux') {
    return (await readlink(`/proc/${pid}/cwd`).catch(() => '')) === folder;
  }
  const command = execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
  return command.includes('postgres') && (command.includes(folder) || command.includes(clusterFolder));
}
