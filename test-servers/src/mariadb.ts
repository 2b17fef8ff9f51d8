import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { copyOfTemplate } from './folders.ts';
import { MissingServer } from './missing-server.ts';
import { askVersion, firstStatements, serverArguments, socketPath, superuser } from './mysql-family.ts';
import { runProgram } from './server-process.ts';
import { startServer } from './start-server.ts';
import type { ServerOptions, TestServer } from './test-server.ts';

/** Starts Debian's MariaDB. */
export async function startMariaDb(options: ServerOptions = {}): Promise<TestServer> {
  const program = mariaDbProgram();
  const build = execFileSync(program, ['--version'], { encoding: 'utf8' });
  const template = `mariadb-${createHash('sha256').update(build).update(firstStatements).digest('hex').slice(0, 12)}`;
  return startServer(
    {
      kind: 'mariadb',
      superuser,
      stopSignal: 'SIGTERM',
      fillDataFolder: (folder) => copyOfTemplate(template, folder, initialise),
      command: (place) => ({ file: program, args: ['--no-defaults', ...serverArguments(place, options, {})] }),
      socketPath,
      askVersion,
    },
    options,
  );
}

/** The path of `mariadbd`. */
export function mariaDbProgram(): string {
  const found = ['/usr/sbin/mariadbd', '/usr/local/bin/mariadbd', '/opt/homebrew/bin/mariadbd'].find(existsSync);
  if (found !== undefined) return found;
  throw new MissingServer('MariaDB', 'apt-get install -y --no-install-recommends mariadb-server');
}

async function initialise(folder: string): Promise<void> {
  const statements = `${folder}.sql`;
  // Accounts cannot be changed while the grant tables are not loaded.
  await writeFile(statements, `FLUSH PRIVILEGES;\n${firstStatements}`);
  try {
    await runProgram(
      'mariadb-install-db',
      [
        '--no-defaults',
        `--datadir=${folder}`,
        '--skip-test-db',
        '--auth-root-authentication-method=normal',
        `--extra-file=${statements}`,
      ],
      folder,
    );
  } finally {
    await rm(statements, { force: true });
  }
}
