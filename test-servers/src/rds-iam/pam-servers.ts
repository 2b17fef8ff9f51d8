import { existsSync, readdirSync } from 'node:fs';
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isAlive, serverFolder } from '../folders.ts';
import { startMariaDb } from '../mariadb.ts';
import { MissingServer } from '../missing-server.ts';
import { startPostgres } from '../postgres.ts';
import { postgresIamUser, type RdsServer } from './rds-servers.ts';
import { runSqlAt } from './run-sql.ts';
import type { DeskOptions } from './token-desk.ts';
import { VerdictService } from './verdict-service.ts';

const services = '/etc/pam.d';
const prefix = 'tidegate-test-';

/** The PAM module that hands the whole token to a script; `pam_exec` cuts it. */
export function pamScriptModule(): string {
  for (const folder of existsSync('/lib') ? readdirSync('/lib') : []) {
    const module = join('/lib', folder, 'security/pam_script.so');
    if (existsSync(module)) return module;
  }
  throw new MissingServer('libpam-script', 'apt-get install -y --no-install-recommends libpam-script');
}

/** PostgreSQL with `hostssl … pam` for the members of `rds_iam`, which is how the vendor's servers do it. */
export async function startPamPostgres(options: DeskOptions = {}): Promise<RdsServer> {
  const pam = await openPam(options);
  const upstream = await startPostgres({
    major: 15,
    tls: true,
    accessRules: [`hostssl all +rds_iam all pam pamservice=${pam.service}`, 'host all +rds_iam all reject'],
  });
  const run = runSqlAt(upstream);
  await run('create role rds_iam nologin');
  pam.desk.serve(upstream.port, await readFile(upstream.caFile ?? '', 'utf8'));
  return {
    front: pam.desk,
    upstream,
    run,
    makeIamUser: (name) => run(postgresIamUser(name)),
    stop: async () => {
      await upstream.stop();
      await pam.close();
    },
  };
}

/** MariaDB with its own PAM plugin, which asks for the same clear-text password inside TLS. */
export async function startPamMariaDb(options: DeskOptions = {}): Promise<RdsServer> {
  const pam = await openPam(options);
  const settings = { 'plugin-load-add': 'auth_pam_v1', 'pam-use-cleartext-plugin': 'ON' };
  const upstream = await startMariaDb({ tls: true, settings });
  const run = runSqlAt(upstream);
  pam.desk.serve(upstream.port, await readFile(upstream.caFile ?? '', 'utf8'));
  return {
    front: pam.desk,
    upstream,
    run,
    makeIamUser: (name) => run(`create user '${name}'@'%' identified via pam using '${pam.service}' require ssl`),
    stop: async () => {
      await upstream.stop();
      await pam.close();
    },
  };
}

interface PamService {
  readonly service: string;
  readonly desk: VerdictService;
  close(): Promise<void>;
}

/** A service of its own in /etc/pam.d (so root only), whose script asks the verifier and fails closed. */
async function openPam(options: DeskOptions): Promise<PamService> {
  pamScriptModule();
  await sweepLeftServices();
  const desk = new VerdictService(options);
  await desk.start();
  const outer = await serverFolder('pam');
  await chmod(outer, 0o755);
  // The module runs nothing that belongs to anybody but root.
  const folder = join(outer, 'root');
  await mkdir(folder, { mode: 0o755 });
  const script = [
    '#!/bin/bash',
    `exec 3<>/dev/tcp/127.0.0.1/${desk.verdictPort} || exit 1`,
    'printf "%s\\n%s\\n" "$PAM_USER" "$PAM_AUTHTOK" >&3',
    '[ "$(cat <&3)" = yes ]',
  ];
  await writeFile(join(folder, 'pam_script_auth'), `${script.join('\n')}\n`, { mode: 0o755 });
  const service = `${prefix}${process.pid}-${desk.verdictPort}`;
  const file = join(services, service);
  await writeFile(file, `auth required pam_script.so dir=${folder} onerr=fail\naccount required pam_permit.so\n`);
  return {
    service,
    desk,
    close: async () => {
      await desk.stop();
      await rm(file, { force: true });
    },
  };
}

/** What a killed run left there: its verifier is gone, so nobody could sign in by it anyway. */
async function sweepLeftServices(): Promise<void> {
  for (const name of readdirSync(services)) {
    const owner = name.startsWith(prefix) ? Number.parseInt(name.slice(prefix.length), 10) : process.pid;
    if (!isAlive(owner)) await rm(join(services, name), { force: true });
  }
}
