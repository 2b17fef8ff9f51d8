import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder, copyOfTemplate } from './folders.ts';
import { MissingServer } from './missing-server.ts';
import { askVersion, firstStatements, serverArguments, socketPath, superuser } from './mysql-family.ts';
import { runProgram } from './server-process.ts';
import { startServer } from './start-server.ts';
import type { ServerOptions, TestServer } from './test-server.ts';

const run = promisify(execFile);
const script = join(import.meta.dirname, '../scripts/mysql-from-debian.sh');

/** Starts a real MySQL 9 server; the first time on a machine it is fetched from Debian's unstable suite. */
export async function startMySql(options: ServerOptions = {}): Promise<TestServer> {
  const program = await mySqlProgram();
  const build = (await run(program, ['--version'])).stdout;
  const template = `mysql-${createHash('sha256').update(build).update(firstStatements).digest('hex').slice(0, 12)}`;
  return startServer(
    {
      kind: 'mysql',
      superuser,
      stopSignal: 'SIGTERM',
      fillDataFolder: (folder) => copyOfTemplate(template, folder, (to) => initialise(program, to)),
      command: (place) => ({ file: program, args: serverArguments(place, options, { mysqlx: 0 }) }),
      socketPath,
      askVersion,
    },
    options,
  );
}

/** The path of `mysqld`: the one named in TIDEGATE_TEST_MYSQLD, else the unpacked one of the cache. */
export async function mySqlProgram(): Promise<string> {
  const own = process.env['TIDEGATE_TEST_MYSQLD'];
  if (own !== undefined) return own;
  const folder = join(cacheFolder(), 'mysql-debian');
  const program = join(folder, 'mysqld');
  if (existsSync(program)) return program;
  await mkdir(cacheFolder(), { recursive: true });
  try {
    await run('bash', [script, folder], { maxBuffer: 1 << 26 });
  } catch (error) {
    const detail = (error as { stderr?: string }).stderr ?? String(error);
    throw new MissingServer(`A MySQL server (${detail.trim()})`, `bash ${script} ${folder}`);
  }
  return program;
}

async function initialise(program: string, folder: string): Promise<void> {
  const statements = `${folder}.sql`;
  await writeFile(statements, `${firstStatements}\n`);
  await chmod(statements, 0o644);
  try {
    const args = ['--initialize-insecure', `--datadir=${folder}`, `--init-file=${statements}`, '--mysqlx=0'];
    await runProgram(program, [...args, '--secure-file-priv='], folder);
  } finally {
    await rm(statements, { force: true });
  }
}
