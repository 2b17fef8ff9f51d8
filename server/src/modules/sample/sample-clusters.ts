import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { Client } from 'pg';
import { type EmbeddedCluster, type StoreLog, startEmbeddedCluster } from '../../platform/store/index.ts';
import type { SampleName } from './sample.ts';

/** Small: a thousand employees and a handful of sessions. */
const settings = { shared_buffers: '16MB', max_connections: 50, max_wal_size: '128MB', min_wal_size: '32MB' };
const host = '127.0.0.1';
/** Makes and drops accounts and owns the tables; not a superuser. */
export const connectingUser = 'tidegate_admin';

/** The PostgreSQL servers of the samples: apart from the metadata, reachable on this machine only. */
export class SampleClusters {
  readonly #folder: string;
  readonly #log: StoreLog;
  readonly #running = new Map<SampleName, EmbeddedCluster>();

  constructor(dataFolder: string, log: StoreLog) {
    this.#folder = join(dataFolder, 'samples');
    this.#log = log;
  }

  /** Whether the clusters of these samples lie in this process's data folder. */
  areHere(sampleId: string): boolean {
    return existsSync(join(this.#folder, sampleId));
  }

  async makeFolder(sampleId: string): Promise<void> {
    // The servers' account must get through; it can see no names here.
    await mkdir(this.#folder, { recursive: true, mode: 0o711 });
    await mkdir(join(this.#folder, sampleId), { recursive: true, mode: 0o711 });
  }

  /** Starts the cluster, making it first if needed. Answers its port: another one when somebody else has taken it. */
  async start(sampleId: string, name: SampleName, port: number): Promise<number> {
    const running = this.#running.get(name);
    if (running !== undefined) return running.port;
    const cluster = await this.#start(sampleId, name, port).catch(async (error: unknown) => {
      // Only now: a server that a killed Tidegate left behind has been ended by the attempt and freed the port.
      if (await isFree(port)) throw error;
      return await this.#start(sampleId, name, await freePort());
    });
    this.#running.set(name, cluster);
    return cluster.port;
  }

  #start(sampleId: string, name: SampleName, port: number): Promise<EmbeddedCluster> {
    const dataDir = join(this.#folder, sampleId, name);
    return startEmbeddedCluster({ dataDir, listen: { host, port }, settings, log: this.#log });
  }

  /**
   * Makes the database and its connecting user, with the wall closed: nobody connects or makes anything unless it was
   * granted. May be run again. Gives the user this password.
   */
  async prepare(name: SampleName, password: string): Promise<void> {
    await this.#asSuperuser(name, 'postgres', async (client) => {
      const user = client.escapeIdentifier(connectingUser);
      const database = client.escapeIdentifier(name);
      const { rowCount: users } = await client.query('select from pg_roles where rolname = $1', [connectingUser]);
      if (users === 0) await client.query(`create role ${user} login nosuperuser createrole nocreatedb inherit`);
      await client.query(`alter role ${user} password ${client.escapeLiteral(password)}`);
      const { rowCount: databases } = await client.query('select from pg_database where datname = $1', [name]);
      if (databases === 0) await client.query(`create database ${database} owner ${user}`);
      await client.query(`revoke all on database ${database}, postgres, template1 from public`);
      await client.query(`grant connect on database postgres to ${user}`);
    });
    await this.#asSuperuser(name, name, async (client) => {
      await client.query('revoke create on schema public from public');
    });
  }

  async #asSuperuser(name: SampleName, database: string, work: (client: Client) => Promise<void>): Promise<void> {
    const cluster = this.#running.get(name);
    if (cluster === undefined) throw new Error(`the cluster of ${name} does not run`);
    const client = new Client({ ...cluster.connection, database, ssl: false });
    client.on('error', () => undefined);
    await client.connect();
    try {
      await work(client);
    } finally {
      await client.end().catch(() => undefined);
    }
  }

  /** Ends all clusters cleanly. */
  async stop(): Promise<void> {
    const clusters = [...this.#running.values()];
    this.#running.clear();
    await Promise.all(clusters.map((cluster) => cluster.stop()));
  }

  async removeFolder(sampleId: string): Promise<void> {
    await rm(join(this.#folder, sampleId), { recursive: true, force: true });
  }
}

export async function freePort(): Promise<number> {
  const port = await listenOnce(0);
  if (port === null) throw new Error('no port is free');
  return port;
}

async function isFree(port: number): Promise<boolean> {
  return (await listenOnce(port)) !== null;
}

/** Listens for a moment; null when the port is taken. */
function listenOnce(port: number): Promise<number | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(null));
    server.listen(port, host, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : null));
    });
  });
}
