import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { mariaDbProgram } from './mariadb.ts';
import { MissingServer } from './missing-server.ts';
import { mySqlProgram } from './mysql.ts';
import { pgBouncerProgram, pgpoolProgram } from './poolers.ts';
import { postgresPrograms } from './postgres-programs.ts';
import { awsCliProgram, fakeTimeLibrary } from './rds-iam/aws-cli.ts';
import { pamScriptModule } from './rds-iam/pam-servers.ts';
import { ensureCompiler } from './rds-iam/plugin-servers.ts';

const run = promisify(execFile);

/** Debian's packages with what shows that each is there. */
const packages: Readonly<Record<string, () => unknown>> = {
  'postgresql-15': () => postgresPrograms(15),
  'mariadb-server': () => mariaDbProgram(),
  chromium: () => chromiumProgram(),
  openssl: () => run('openssl', ['version']),
  awscli: () => awsCliProgram(),
  libfaketime: () => fakeTimeLibrary(),
  gcc: () => ensureCompiler(),
  'libc6-dev': () => ensureCompiler(),
  pgbouncer: () => pgBouncerProgram(),
  pgpool2: () => pgpoolProgram(),
  // Services of PAM are files that only root writes.
  ...(process.getuid?.() === 0 ? { 'libpam-script': () => pamScriptModule() } : {}),
};

/**
 * Sees to it that all servers and the browser are there. On Debian, root gets what is missing by itself; elsewhere it is
 * an error with the command that installs it.
 */
export async function ensureServers(): Promise<void> {
  const missing = await missingPackages();
  if (missing.length > 0) {
    if (process.getuid?.() !== 0 || !existsSync('/etc/debian_version')) throw installByHand(missing);
    console.log(`Installing ${missing.join(', ')} …`);
    await installFromDebian(missing);
    const still = await missingPackages();
    if (still.length > 0) throw installByHand(still);
  }
  await postgresPrograms(18);
  await mySqlProgram();
}

/** The path of the browser that the journeys are run in. */
export function chromiumProgram(): string {
  const own = process.env['TIDEGATE_TEST_CHROMIUM'];
  const found = [own, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
    (path) => path !== undefined && existsSync(path),
  );
  if (found !== undefined) return found;
  throw new MissingServer('Chromium', 'apt-get install -y --no-install-recommends chromium');
}

async function missingPackages(): Promise<readonly string[]> {
  const found = await Promise.allSettled(Object.values(packages).map(async (look) => look()));
  return Object.keys(packages).filter((_, index) => found[index]?.status === 'rejected');
}

function installByHand(names: readonly string[]): MissingServer {
  return new MissingServer(names.join(', '), `sudo apt-get install -y --no-install-recommends ${names.join(' ')}`);
}

const noServices = '/usr/sbin/policy-rc.d';
const clusterRules = '/etc/postgresql-common/createcluster.conf';

/** The programs only: no service is started, and PostgreSQL makes no cluster of its own. */
async function installFromDebian(names: readonly string[]): Promise<void> {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const isPolicyOurs = !existsSync(noServices);
  if (isPolicyOurs) await writeFile(noServices, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  if (!existsSync(clusterRules)) {
    await mkdir('/etc/postgresql-common', { recursive: true });
    await writeFile(clusterRules, 'create_main_cluster = false\n');
  }
  try {
    await run('apt-get', ['-qq', 'update'], { env, maxBuffer: 1 << 26 });
    const install = ['-qq', '-y', '--no-install-recommends', '-o', 'Dpkg::Options::=--force-confold', 'install'];
    await run('apt-get', [...install, ...names], { env, maxBuffer: 1 << 26 });
    // The package would ask its script at every sign-in to this machine; only the tests' own services shall.
    if (names.includes('libpam-script')) await run('pam-auth-update', ['--package', '--remove', 'pam_script'], { env });
  } finally {
    if (isPolicyOurs) await rm(noServices, { force: true });
  }
}
