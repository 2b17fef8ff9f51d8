import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { handOver } from './server-account.ts';

const run = promisify(execFile);
const prefix = 'tidegate-test-';

/**
 * What is slow to make and the same for every run is kept here, outside the clone, so that a fresh clone is quick too.
 * Root keeps it where the servers' own user can reach it, which root's home is not.
 */
export function cacheFolder(): string {
  if (process.getuid?.() === 0) return '/var/cache/tidegate-tests';
  return join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'tidegate-tests');
}

/** A new folder for one server, named after this process so that the next run can sweep what a crash left. */
export async function serverFolder(name: string): Promise<string> {
  await sweepLeftFolders();
  const folder = await mkdtemp(join(tmpdir(), `${prefix}${process.pid}-${name}-`));
  handOver(folder);
  return folder;
}

let swept: Promise<void> | undefined;

function sweepLeftFolders(): Promise<void> {
  swept ??= removeFoldersOfDeadProcesses();
  return swept;
}

async function removeFoldersOfDeadProcesses(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const owner = new RegExp(`^${prefix}(\\d+)-`).exec(name)?.[1];
    if (owner !== undefined && !isAlive(Number(owner)))
      await rm(join(tmpdir(), name), { recursive: true, force: true });
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/**
 * Fills `target` with a copy of the data folder that `make` produces. It is made once for each `name` and kept: a copy
 * takes a tenth of the time. Two processes may make it at once; the one that renames first wins, the other's is dropped.
 */
export async function copyOfTemplate(
  name: string,
  target: string,
  make: (folder: string) => Promise<void>,
): Promise<void> {
  const template = join(cacheFolder(), 'templates', name);
  if (!existsSync(template)) await makeTemplate(template, make);
  // The command keeps owners and, where the file system can, shares the blocks; Node's own copy takes seconds.
  await run('cp', ['-a', `${template}/.`, target]);
  await chmod(target, 0o700);
}

async function makeTemplate(template: string, make: (folder: string) => Promise<void>): Promise<void> {
  await mkdir(join(template, '..'), { recursive: true });
  const folder = await mkdtemp(`${template}.`);
  handOver(folder);
  try {
    await make(folder);
    await rename(folder, template).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
