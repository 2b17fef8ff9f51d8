import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { readFile, readlink, realpath, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { StoreFault } from '../store-fault.ts';
import type { StoreLog } from '../store-log.ts';

const stopsWithinMs = 60_000;

/**
 * A server of this folder may still run after its Tidegate was killed: it is asked to stop and waited for. Where the
 * number in a pid file belongs to some other process by now, or to a server that has ended and that nobody has buried,
 * PostgreSQL itself would take that process for a server: it is made to forget the number. Call it only under the
 * folder's lock.
 */
export async function endPreviousServer(clusterFolder: string, log: StoreLog): Promise<void> {
  const file = join(clusterFolder, 'postmaster.pid');
  const content = await readFile(file, 'utf8').catch(() => '');
  const pid = Number(content.split('\n')[0]);
  if (!Number.isInteger(pid) || pid <= 1 || !isThere(pid)) return;
  if (await isServerOf(pid, clusterFolder)) {
    log.warn({ server: pid }, 'the PostgreSQL of a Tidegate that is gone still runs; stopping it');
    process.kill(pid, 'SIGINT');
    await untilEnded(pid, clusterFolder);
  } else if (!hasEnded(pid)) {
    log.warn({ process: pid }, 'a pid file was left behind and its number belongs to another process now; removed');
  }
  // Our own number is no reason to refuse, and the rest of the file lets it see whether the memory is still in use.
  if (existsSync(file)) await writeFile(file, content.replace(/^\d+/, String(process.pid)));
}

async function untilEnded(pid: number, clusterFolder: string): Promise<void> {
  const deadline = performance.now() + stopsWithinMs;
  while (isThere(pid) && !hasEnded(pid)) {
    if (performance.now() > deadline) {
      throw new StoreFault(`A PostgreSQL server (process ${pid}) still runs on ${clusterFolder} and does not stop.`);
    }
    await pause(20);
  }
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Its parent has not asked for its end yet; where the kernel does not tell, it counts as running. */
function hasEnded(pid: number): boolean {
  try {
    return / [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8').split(')').at(-1) ?? '');
  } catch {
    return false;
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
