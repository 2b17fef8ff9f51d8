import { chmodSync, chownSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';
import { StoreFault } from '../store-fault.ts';
import type { StoreLog } from '../store-log.ts';
import { lockFolder } from './folder-lock.ts';
import { ensureCluster } from './initialise-cluster.ts';
import { findPostgresPrograms } from './postgres-programs.ts';
import { endPreviousServer } from './previous-server.ts';
import { canReach, findServerAccount, type ServerAccount } from './server-account.ts';
import { type ServerCommand, ServerProcess } from './server-process.ts';
import { makeSocketFolder, type SocketFolder } from './socket-folder.ts';

export interface EmbeddedClusterOptions {
  /** A folder of this cluster alone; made when it is not there. */
  readonly dataDir: string;
  /** `socket`: reachable only through a folder that is closed to others. Else TCP too, with SCRAM passwords. */
  readonly listen: 'socket' | { readonly host: '127.0.0.1'; readonly port: number };
  /** Needed to come in as the superuser over TCP. */
  readonly superuserPassword?: string;
  readonly settings?: Readonly<Record<string, string | number>>;
  readonly log: StoreLog;
  readonly hasParentDeathSignal?: boolean;
}

/** How Tidegate itself connects: over the socket, as the superuser, without a password. */
export interface EmbeddedConnection {
  readonly host: string;
  readonly port: number;
  readonly user: string;
}

const superuser = 'tidegate';
const readyWithinMs = 300_000;
const stopsWithinMs = 30_000;
const longestRestartPauseMs = 5_000;

/**
 * Starts PostgreSQL on `dataDir`, making it first if needed, and answers when it takes connections. Refuses with
 * `StoreFault` when another Tidegate has the folder, or when the folder cannot be used. A server that ends by itself is
 * started again.
 */
export async function startEmbeddedCluster(options: EmbeddedClusterOptions): Promise<EmbeddedCluster> {
  const dataDir = resolve(options.dataDir);
  const account = findServerAccount();
  // The server's account must get through to its own folders below; it can see no names here.
  mkdirSync(dataDir, { recursive: true, mode: account === undefined ? 0o700 : 0o711 });
  const unlock = lockFolder(join(dataDir, 'lock'));
  try {
    if (account !== undefined) refuseUnreachable(dataDir, account);
    const clusterFolder = join(dataDir, 'data');
    const programs = await findPostgresPrograms(account);
    await ensureCluster(clusterFolder, programs, account, superuser);
    await endPreviousServer(clusterFolder, options.log);
    const socketFolder = makeSocketFolder(dataDir, account);
    const cluster = new EmbeddedCluster({ ...options, clusterFolder, programs, account, socketFolder, unlock });
    await cluster.start();
    return cluster;
  } catch (error) {
    unlock();
    throw error;
  }
}

interface ClusterParts extends EmbeddedClusterOptions {
  readonly clusterFolder: string;
  readonly programs: string;
  readonly account: ServerAccount | undefined;
  readonly socketFolder: SocketFolder;
  readonly unlock: () => void;
}

/** A running PostgreSQL of our own; made by `startEmbeddedCluster`. */
export class EmbeddedCluster {
  readonly #parts: ClusterParts;
  #process: ServerProcess | undefined;
  #isStopping = false;

  constructor(parts: ClusterParts) {
    this.#parts = parts;
  }

  get socketDir(): string {
    return this.#parts.socketFolder.path;
  }

  /** The TCP port, which also names the socket. */
  get port(): number {
    return this.#parts.listen === 'socket' ? 5432 : this.#parts.listen.port;
  }

  get connection(): EmbeddedConnection {
    return { host: this.socketDir, port: this.port, user: superuser };
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  async start(): Promise<void> {
    writeAccessRules(this.#parts);
    // The folder is ours alone, and no server runs: after a crash the number in it may be some other process's by now.
    rmSync(join(this.socketDir, `.s.PGSQL.${this.port}.lock`), { force: true });
    const server = new ServerProcess(serverCommand(this.#parts, this.socketDir, this.port), this.#parts.log);
    this.#process = server;
    try {
      await this.#waitUntilReady(server);
    } catch (error) {
      await server.stop(stopsWithinMs);
      throw error;
    }
    void server.exited.then(() => this.#startAgain());
  }

  /** Ends all connections, writes everything down, stops, and lets go of the folder. */
  async stop(): Promise<void> {
    if (this.#isStopping) return;
    this.#isStopping = true;
    await this.#process?.stop(stopsWithinMs);
    this.#parts.socketFolder.remove();
    this.#parts.unlock();
  }

  async #startAgain(): Promise<void> {
    for (let waitMs = 100; !this.#isStopping; waitMs = Math.min(waitMs * 2, longestRestartPauseMs)) {
      this.#parts.log.error({ output: this.#process?.output }, 'the embedded PostgreSQL ended; starting it again');
      await pause(waitMs);
      if (this.#isStopping) return;
      try {
        await endPreviousServer(this.#parts.clusterFolder, this.#parts.log);
        await this.start();
        return;
      } catch (error) {
        this.#parts.log.error({ err: error }, 'the embedded PostgreSQL did not start');
      }
    }
  }

  /** Ready is what lets us in; a recovery after a crash may take its time before that. */
  async #waitUntilReady(server: ServerProcess): Promise<void> {
    const deadline = performance.now() + readyWithinMs;
    for (;;) {
      if (!server.isRunning) {
        throw new StoreFault(`The embedded PostgreSQL ended while starting:\n${server.output}`);
      }
      try {
        await this.#connectOnce();
        return;
      } catch (error) {
        if (performance.now() > deadline) throw new StoreFault('The embedded PostgreSQL is not ready in time.', error);
      }
      await pause(15);
    }
  }

  async #connectOnce(): Promise<void> {
    const client = new Client({ ...this.connection, database: 'postgres', connectionTimeoutMillis: 5_000 });
    client.on('error', () => undefined);
    try {
      await client.connect();
      const { superuserPassword } = this.#parts;
      if (superuserPassword !== undefined) {
        const password = client.escapeLiteral(superuserPassword);
        await client.query(`alter role ${client.escapeIdentifier(superuser)} password ${password}`);
      }
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}

function refuseUnreachable(dataDir: string, account: ServerAccount): void {
  if (canReach(account, dataDir)) return;
  throw new StoreFault(
    `The user "${account.name}", as whom root runs PostgreSQL, cannot enter ${dataDir}: a folder above it is closed to ` +
      'others. Set TIDEGATE_DATA to another folder, for example /var/lib/tidegate.',
  );
}

/** Written at each start: whether TCP is open may have changed since the last one. */
function writeAccessRules({ clusterFolder, account, listen }: ClusterParts): void {
  const file = join(clusterFolder, 'pg_hba.conf');
  const tcp = listen === 'socket' ? '' : `host all all ${listen.host}/32 scram-sha-256\n`;
  writeFileSync(file, `local all all trust\n${tcp}`);
  if (account !== undefined) chownSync(file, account.uid, account.gid);
  chmodSync(file, 0o600);
}

function serverCommand(parts: ClusterParts, socketDir: string, port: number): ServerCommand {
  const settings: Record<string, string | number> = {
    listen_addresses: parts.listen === 'socket' ? '' : parts.listen.host,
    port,
    // The value is a list: quotes keep a comma in the path from splitting it.
    unix_socket_directories: `"${socketDir.replaceAll('"', '""')}"`,
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_min_messages: 'warning',
    // The text of a failed statement may hold what must not be in a log.
    log_min_error_statement: 'panic',
    ...parts.settings,
  };
  const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  return {
    file: join(parts.programs, 'postgres'),
    args: ['-D', parts.clusterFolder, ...args],
    cwd: parts.clusterFolder,
    account: parts.account,
    ...(parts.hasParentDeathSignal === undefined ? {} : { hasParentDeathSignal: parts.hasParentDeathSignal }),
  };
}
