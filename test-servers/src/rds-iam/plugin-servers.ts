import { execFile } from 'node:child_process';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { serverFolder } from '../folders.ts';
import { startMariaDb } from '../mariadb.ts';
import { MissingServer } from '../missing-server.ts';
import { startMySql } from '../mysql.ts';
import type { RdsServer } from './rds-servers.ts';
import { runSqlAt } from './run-sql.ts';
import type { DeskOptions } from './token-desk.ts';
import { VerdictService } from './verdict-service.ts';

const run = promisify(execFile);
const source = join(import.meta.dirname, '../../native/aws-authentication-plugin.c');
const name = 'AWSAuthenticationPlugin';

/**
 * A MySQL or MariaDB that asks for tokens by itself: it runs a plugin with the name of the vendor's, so that
 * `IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS'` is accepted, kept and shown by the real server.
 */
export async function startPluginMySql(
  options: DeskOptions & { readonly kind?: 'mysql' | 'mariadb' } = {},
): Promise<RdsServer> {
  const desk = new VerdictService(options);
  await desk.start();
  const settings = { 'plugin-dir': await compilePlugin(desk.verdictPort) };
  const upstream = await (options.kind === 'mariadb' ? startMariaDb : startMySql)({ tls: true, settings });
  const runSql = runSqlAt(upstream);
  await runSql(`install plugin ${name} soname '${name}.so'`);
  desk.serve(upstream.port, await readFile(upstream.caFile ?? '', 'utf8'));
  return {
    front: desk,
    upstream,
    run: runSql,
    makeIamUser: (user) => runSql(`create user '${user}'@'%' identified with ${name} as 'RDS' require ssl`),
    stop: async () => {
      await upstream.stop();
      await desk.stop();
    },
  };
}

/** A folder of plugins with this one in it, swept with those of other servers when this process has ended. */
async function compilePlugin(verdictPort: number): Promise<string> {
  const folder = await serverFolder('plugins');
  await chmod(folder, 0o755);
  const args = ['-shared', '-fPIC', '-O1', `-DVERDICT_PORT=${verdictPort}`, '-o', join(folder, `${name}.so`), source];
  await run(compilerProgram(), args);
  return `${folder}/`;
}

/** Servers' plugins are made at the time of need, for the port of their verifier. */
function compilerProgram(): string {
  return process.env['CC'] ?? 'gcc';
}

/** Refuses with the command that installs it; a compiler alone has no C library to build against. */
export async function ensureCompiler(): Promise<void> {
  const folder = await serverFolder('compiler');
  const file = join(folder, 'try.c');
  await writeFile(file, '#include <stdio.h>\n');
  await run(compilerProgram(), ['-shared', '-o', join(folder, 'try.so'), file]).catch(() => {
    throw new MissingServer('A C compiler', 'apt-get install -y --no-install-recommends gcc libc6-dev');
  });
}
