import { join } from 'node:path';
import { Kysely, PostgresDialect } from 'kysely';
import { Client, type ClientConfig, Pool } from 'pg';
import { connectExternal } from './connect-external.ts';
import { explainConnectError } from './connect-fault.ts';
import { startEmbeddedCluster } from './embedded/embedded-cluster.ts';
import { keepingPlans } from './kept-plans.ts';
import { migrate, readMigrations } from './migrations.ts';
import { StoreFault } from './store-fault.ts';
import { openListener, type StoreListener } from './store-listener.ts';
import type { StoreLog } from './store-log.ts';
import type { StoreSchema } from './store-schema.ts';
import { parseStoreUrl } from './store-url.ts';

export interface StoreOptions {
  /** The folder of this installation; the embedded store lives below it. */
  readonly dataFolder: string;
  /** A PostgreSQL of the operator's own; without it the embedded one is used. */
  readonly pgUrl: string | undefined;
  /** Connections of the pool at most. */
  readonly poolSize?: number;
  /** Other files than the product's own; for tests. */
  readonly migrationFolder?: string;
}

/** The metadata store: migrated, with a pool, and with news of changes. `Schema` is what Kysely knows of its tables. */
export interface Store<Schema = StoreSchema> {
  readonly kind: 'embedded' | 'external';
  readonly db: Kysely<Schema>;
  readonly pool: Pool;
  /**
   * `handler` gets the payload of each NOTIFY on the channel, also after the store was lost and came back. `onGap` is
   * called when listening has begun, and again after each loss: from then on nothing is missed, before it something may
   * have been. Answers how to stop listening.
   */
  listen(channel: string, handler: (payload: string) => void, onGap?: () => void): () => void;
  /** Whether the store answers; while it does not, a request is to be answered with 503. It comes back by itself. */
  isUp(): boolean;
  /** Ends the connections, and the embedded server after them. */
  close(): Promise<void>;
}

interface Server {
  readonly kind: Store['kind'];
  readonly config: ClientConfig;
  stop(): Promise<void>;
}

const ownMigrations = join(import.meta.dirname, '../../../migrations');

/**
 * Starts or reaches the metadata store and brings it up to date. Refuses with `StoreFault`, whose message tells the
 * operator what is wrong and what to do; nothing is left running then.
 */
export async function openStore<Schema = StoreSchema>(options: StoreOptions, log: StoreLog): Promise<Store<Schema>> {
  const server = options.pgUrl === undefined ? await startOwnServer(options, log) : await reachServer(options.pgUrl);
  const config: ClientConfig = { ...server.config, options: '-c search_path=tidegate -c timezone=UTC -c jit=off' };
  const pool = new Pool({ ...config, max: options.poolSize ?? 20, keepAlive: true, connectionTimeoutMillis: 10_000 });
  // An idle connection that breaks is dropped by the pool; without a listener it would end the process.
  pool.on('error', (error) => log.warn({ err: error }, 'a connection to the metadata store broke'));
  // The pool listens only while a connection is idle: one that breaks between two statements of a transaction would end
  // the process. Whoever holds it hears of it at his next statement.
  pool.on('connect', (client) => client.on('error', () => undefined));
  try {
    await bringUpToDate(pool, options, log);
    const listener = await openListener(config, log);
    return assembleStore<Schema>(server, pool, listener);
  } catch (error) {
    await pool.end();
    await server.stop();
    throw explain(error, options);
  }
}

function assembleStore<Schema>(server: Server, pool: Pool, listener: StoreListener): Store<Schema> {
  const db = new Kysely<Schema>({ dialect: new PostgresDialect({ pool: keepingPlans(pool) }) });
  return {
    kind: server.kind,
    db,
    pool,
    listen: (channel, handler, onGap) => listener.listen(channel, handler, onGap),
    isUp: () => listener.isUp(),
    close: async () => {
      await listener.close();
      await db.destroy();
      // Kysely ends the pool only if it was used through it.
      if (!pool.ended) await pool.end();
      await server.stop();
    },
  };
}

async function bringUpToDate(pool: Pool, options: StoreOptions, log: StoreLog): Promise<void> {
  const client = await pool.connect();
  try {
    await migrate(client, await readMigrations(options.migrationFolder ?? ownMigrations), log);
  } finally {
    client.release();
  }
}

async function startOwnServer(options: StoreOptions, log: StoreLog): Promise<Server> {
  const cluster = await startEmbeddedCluster({ dataDir: join(options.dataFolder, 'store'), listen: 'socket', log });
  try {
    await ensureDatabase(cluster.connection, 'tidegate');
  } catch (error) {
    await cluster.stop();
    throw error;
  }
  return {
    kind: 'embedded',
    config: { ...cluster.connection, database: 'tidegate', application_name: 'tidegate', ssl: false },
    stop: () => cluster.stop(),
  };
}

async function ensureDatabase(connection: ClientConfig, name: string): Promise<void> {
  const client = new Client({ ...connection, database: 'postgres' });
  await client.connect();
  try {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [name]);
    if (rowCount === 0) await client.query(`create database ${client.escapeIdentifier(name)}`);
  } finally {
    await client.end();
  }
}

async function reachServer(pgUrl: string): Promise<Server> {
  return { kind: 'external', config: await connectExternal(pgUrl), stop: async () => undefined };
}

function explain(error: unknown, options: StoreOptions): unknown {
  if (error instanceof StoreFault || options.pgUrl === undefined) return error;
  return explainConnectError(error, parseStoreUrl(options.pgUrl));
}
