import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FaultPoint, type ServerAddress, type TidegateOptions, uniqueName } from '@tidegate/test-servers';
import pg from 'pg';
import { connectPostgres } from './kill-guarded.ts';

/** Where the metadata store of an installation is. */
export interface StorePlace {
  /** Null: it is Tidegate's own, below its data folder. */
  readonly address: ServerAddress | null;
  readonly dataDir?: string;
  /** Of Tidegate. */
  readonly env: Readonly<Record<string, string>>;
  connect(): Promise<pg.Client>;
  remove(): Promise<void>;
}

/** A database of its own on a server that outlives Tidegate. */
export async function placeOn(address: ServerAddress): Promise<StorePlace> {
  const name = uniqueName('killed_store');
  const root = await connectPostgres(address, 'postgres');
  await root.query(`create database ${name}`);
  await root.end();
  const { user, password } = address.superuser;
  return {
    address,
    env: { NODE_ENV: 'test', PG_URL: `postgresql://${user}:${password}@${address.host}:${address.port}/${name}` },
    connect: () => connectPostgres(address, name),
    remove: async () => undefined,
  };
}

/** The embedded store, as `npm start` has it. */
export async function embeddedPlace(): Promise<StorePlace> {
  const dataDir = await mkdtemp(join(tmpdir(), 'tidegate-data-'));
  // As root the store runs as another user, who must be able to enter.
  await chmod(dataDir, 0o711);
  return {
    ...{ address: null, dataDir },
    env: { NODE_ENV: 'test' },
    connect: async () => {
      const host = join(dataDir, 'store/run');
      const client = new pg.Client({ host, port: 5432, user: 'tidegate', database: 'tidegate' });
      client.on('error', () => undefined);
      await client.connect();
      return client;
    },
    remove: () => rm(dataDir, { recursive: true, force: true }),
  };
}

export function optionsOf({ dataDir, env }: StorePlace, fault: FaultPoint): TidegateOptions {
  return {
    ...(dataDir === undefined ? {} : { dataDir }),
    nodeArgs: fault.options.nodeArgs ?? [],
    env: { ...env, ...fault.options.env },
  };
}
