import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { serverFolder } from './folders.ts';
import { freePort } from './free-port.ts';
import { MissingServer } from './missing-server.ts';
import { handOver } from './server-account.ts';
import { ServerProcess } from './server-process.ts';

/** A real pooler in front of a test server. */
export interface TestPooler {
  readonly host: string;
  readonly port: number;
  stop(): Promise<void>;
}

export interface PoolerOptions {
  /** The server behind. */
  readonly server: { readonly host: string; readonly port: number };
  /** Those whom it lets in. */
  readonly users: readonly { readonly user: string; readonly password: string }[];
}

/** Debian's PgBouncer. */
export function pgBouncerProgram(): string {
  return programAt('/usr/sbin/pgbouncer', 'pgbouncer');
}

/** Debian's Pgpool-II. */
export function pgpoolProgram(): string {
  return programAt('/usr/sbin/pgpool', 'pgpool2');
}

function programAt(path: string, name: string): string {
  if (!existsSync(path)) throw new MissingServer(name, `apt-get install -y --no-install-recommends ${name}`);
  return path;
}

/** `settings` of its section `[pgbouncer]` come last and win. */
export async function startPgBouncer(
  options: PoolerOptions & { readonly settings?: Readonly<Record<string, string>> },
): Promise<TestPooler> {
  return await startPooler('pgbouncer', async (folder, port) => {
    const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
    const users = options.users.map(({ user, password }) => `${quoted(user)} ${quoted(password)}\n`).join('');
    await writeFile(join(folder, 'users.txt'), users);
    const settings: Record<string, string> = {
      listen_addr: '127.0.0.1',
      listen_port: String(port),
      unix_socket_dir: '',
      auth_type: 'scram-sha-256',
      auth_file: join(folder, 'users.txt'),
      ...options.settings,
    };
    const { host, port: serverPort } = options.server;
    const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}\n`);
    const file = join(folder, 'pgbouncer.ini');
    await writeFile(file, `[databases]\n* = host=${host} port=${serverPort}\n[pgbouncer]\n${lines.join('')}`);
    return new ServerProcess(pgBouncerProgram(), [file], folder);
  });
}

/** Signs people in with the passwords of its own list. */
export async function startPgpool({ server, users }: PoolerOptions): Promise<TestPooler> {
  return await startPooler('pgpool', async (folder, port) => {
    const settings: Record<string, string | number> = {
      listen_addresses: "'127.0.0.1'",
      port,
      pcp_port: await freePort(),
      unix_socket_directories: `'${folder}'`,
      pcp_socket_dir: `'${folder}'`,
      pid_file_name: `'${join(folder, 'pgpool.pid')}'`,
      logdir: `'${folder}'`,
      backend_clustering_mode: "'raw'",
      backend_hostname0: `'${server.host}'`,
      backend_port0: server.port,
      backend_flag0: "'ALWAYS_PRIMARY'",
      enable_pool_hba: 'on',
      pool_passwd: "'pool_passwd'",
      num_init_children: 4,
      max_pool: 1,
      sr_check_period: 0,
      health_check_period: 0,
    };
    const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}\n`);
    await Promise.all([
      writeFile(join(folder, 'pgpool.conf'), lines.join('')),
      writeFile(join(folder, 'pool_hba.conf'), 'host all all 127.0.0.1/32 scram-sha-256\n'),
      writeFile(join(folder, 'pool_passwd'), users.map(({ user, password }) => `${user}:TEXT${password}\n`).join('')),
      writeFile(join(folder, 'pcp.conf'), ''),
    ]);
    const files = ['-f', 'pgpool.conf', '-a', 'pool_hba.conf', '-F', 'pcp.conf'];
    return new ServerProcess(pgpoolProgram(), ['-n', ...files], folder);
  });
}

const readyWithinMs = 20_000;

async function startPooler(
  kind: string,
  start: (folder: string, port: number) => Promise<ServerProcess>,
): Promise<TestPooler> {
  const folder = join(await serverFolder(kind), 'run');
  await mkdir(folder, { mode: 0o755 });
  handOver(folder);
  const port = await freePort();
  const running = await start(folder, port);
  const deadline = performance.now() + readyWithinMs;
  while (!(await listens(port))) {
    if (running.isRunning && performance.now() < deadline) await pause(25);
    else {
      await running.end('SIGKILL');
      throw new Error(`${kind} did not start:\n${running.output}`);
    }
  }
  return {
    host: '127.0.0.1',
    port,
    stop: async () => {
      await running.end('SIGINT');
      await rm(join(folder, '..'), { recursive: true, force: true });
    },
  };
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const answer = (isThere: boolean): void => {
      socket.destroy();
      resolve(isThere);
    };
    socket.once('connect', () => answer(true));
    socket.once('error', () => answer(false));
  });
}
