import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdtemp, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { StoreFault } from '../store-fault.ts';
import { postgresMajor } from './postgres-programs.ts';
import type { ServerAccount } from './server-account.ts';
import { serverEnvironment } from './server-process.ts';

const run = promisify(execFile);

/**
 * Makes the cluster folder unless it is there. It is made under another name and renamed when complete, so a folder
 * with its final name is always whole. Refuses a folder of another major version.
 */
export async function ensureCluster(
  clusterFolder: string,
  programs: string,
  account: ServerAccount | undefined,
  superuser: string,
): Promise<void> {
  const unfinishedPrefix = `${basename(clusterFolder)}.new-`;
  await removeUnfinished(dirname(clusterFolder), unfinishedPrefix);
  if (existsSync(join(clusterFolder, 'PG_VERSION'))) {
    await refuseOtherMajor(clusterFolder);
    return;
  }
  if (existsSync(clusterFolder)) {
    throw new StoreFault(`${clusterFolder} exists and is not a PostgreSQL data folder. Move it away and start again.`);
  }
  const unfinished = await mkdtemp(join(dirname(clusterFolder), unfinishedPrefix));
  if (account !== undefined) await chown(unfinished, account.uid, account.gid);
  await chmod(unfinished, 0o700);
  await runInitdb(programs, unfinished, account, superuser);
  await rename(unfinished, clusterFolder);
  await syncFolder(dirname(clusterFolder));
}

async function runInitdb(
  programs: string,
  folder: string,
  account: ServerAccount | undefined,
  superuser: string,
): Promise<void> {
  const args = [
    ...['-D', folder, '-U', superuser, '--auth-local=trust', '--auth-host=reject', '--data-checksums'],
    ...['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'],
  ];
  const identity = account === undefined ? {} : { uid: account.uid, gid: account.gid };
  try {
    await run(join(programs, 'initdb'), args, { cwd: folder, env: serverEnvironment(), ...identity });
  } catch (error) {
    const said = (error as { stderr?: string }).stderr?.trim() ?? '';
    throw new StoreFault(`The embedded PostgreSQL could not make its data folder ${folder}: ${said}`, error);
  }
}

async function refuseOtherMajor(clusterFolder: string): Promise<void> {
  const major = (await readFile(join(clusterFolder, 'PG_VERSION'), 'utf8')).trim();
  if (major === String(postgresMajor)) return;
  throw new StoreFault(
    `${clusterFolder} was made by PostgreSQL ${major}; this Tidegate brings PostgreSQL ${postgresMajor}. ` +
      'Start the Tidegate version that made it, or set TIDEGATE_DATA to another folder.',
  );
}

async function removeUnfinished(folder: string, prefix: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name.startsWith(prefix)) await rm(join(folder, name), { recursive: true, force: true });
  }
}

/** A rename is durable only when the folder that holds the names is written too. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
