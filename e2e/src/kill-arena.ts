import {
  ApiClient,
  type Fault,
  FaultPoint,
  type RunningTidegate,
  type ServerAddress,
  startTidegate,
  uniqueName,
} from '@tidegate/test-servers';
import mysql from 'mysql2/promise';
import pg from 'pg';

const password = 'a long enough password';
const gate = { user: '', password: 'secret of the gate' };

/** A guarded server with one database of two tables, and its superuser, who tells what is really there. */
export interface Guarded {
  readonly address: ServerAddress;
  readonly databaseId: string;
  readonly schema: string;
  /** Names of the accounts of this installation. */
  accounts(prefix: string): Promise<string[]>;
  /** Names of the accounts that have a session. */
  sessions(prefix: string): Promise<string[]>;
}

export interface Dev {
  readonly id: string;
  readonly client: ApiClient;
}

/** A Tidegate that dies and comes back on the same store, with an administrator, three developers and two servers. */
export class KillArena {
  readonly storeAddress: ServerAddress;
  readonly admin: ApiClient;
  devs: Dev[] = [];
  guarded: Guarded[] = [];
  projectId = '';
  tidegate: RunningTidegate;
  /** Sessions opened before were those of a process that is dead. */
  restartedAt = new Date(0);
  #store: pg.Client | null = null;
  readonly #storeName: string;
  readonly #pgUrl: string;
  readonly #fault: FaultPoint;
  readonly #closers: (() => Promise<unknown>)[] = [];

  private constructor(parts: {
    storeAddress: ServerAddress;
    pgUrl: string;
    fault: FaultPoint;
    tidegate: RunningTidegate;
    storeName: string;
  }) {
    this.storeAddress = parts.storeAddress;
    this.#pgUrl = parts.pgUrl;
    this.#fault = parts.fault;
    this.tidegate = parts.tidegate;
    this.#storeName = parts.storeName;
    this.admin = new ApiClient(parts.tidegate.url);
  }

  static async open(storeAddress: ServerAddress, servers: readonly ServerAddress[]): Promise<KillArena> {
    const name = uniqueName('killed_store');
    const root = await connectPostgres(storeAddress, 'postgres');
    await root.query(`create database ${name}`);
    await root.end();
    const { user, password: secret } = storeAddress.superuser;
    const pgUrl = `postgresql://${user}:${secret}@${storeAddress.host}:${storeAddress.port}/${name}`;
    const fault = await FaultPoint.prepare();
    const options = { nodeArgs: fault.options.nodeArgs ?? [], env: envOf(pgUrl, fault) };
    // Ends by itself once, so that what Node has compiled is kept.
    await (await startTidegate(options)).stop();
    const tidegate = await startTidegate(options);
    const arena = new KillArena({ storeAddress, pgUrl, fault, tidegate, storeName: name });
    await arena.#settle(servers);
    return arena;
  }

  async #settle(servers: readonly ServerAddress[]): Promise<void> {
    await this.admin.call('POST /register', { body: { name: 'Ada', email: 'ada@example.com', password } });
    for (const name of ['una', 'duo', 'tre']) this.devs.push(await this.#addDeveloper(name));
    const project = await this.admin.call('POST /projects', { body: { name: 'Killed' } });
    this.projectId = project.id;
    for (const server of servers) this.guarded.push(await this.#guard(server));
    await this.admin.call('POST /projects/:projectId/transfer', {
      params: { projectId: this.projectId },
      body: { databaseIds: this.guarded.map((one) => one.databaseId) },
    });
  }

  async #addDeveloper(name: string): Promise<Dev> {
    const email = `${name}@example.com`;
    const added = await this.admin.call('POST /people', {
      body: { name, email, roles: ['project_developer'], firstPassword: password },
    });
    const client = new ApiClient(this.tidegate.url);
    await client.call('POST /sign-in', { body: { email, password } });
    await client.call('POST /me/password', { body: { current: password, next: `${password}!` } });
    return { id: added.person.id, client };
  }

  async #guard(address: ServerAddress): Promise<Guarded> {
    const database = uniqueName('killed');
    const user = uniqueName('kgate').slice(0, 30);
    const witness =
      address.kind === 'postgres'
        ? await guardPostgres(address, database, user)
        : await guardMySql(address, database, user);
    this.#closers.push(witness.close);
    const { items } = await this.admin.call('GET /environments', {});
    const instance = await this.admin.call('POST /instances', {
      body: {
        title: `Server ${address.kind}`,
        environmentId: items[0]?.id ?? '',
        engine: address.kind === 'postgres' ? 'postgresql' : address.kind,
        ...{ host: address.host, port: address.port, user, password: gate.password, tlsMode: 'disable' },
      },
    });
    const found = await this.admin.call('GET /databases', { query: { instanceId: instance.id, search: database } });
    const schema = address.kind === 'postgres' ? 'public' : '';
    return { address, databaseId: found.items[0]?.id ?? '', schema, ...witness };
  }

  /** From now on the process counts its messages to all database servers. */
  async arm(fault: Pick<Fault, 'step' | 'delayMs'>): Promise<void> {
    const ports = [this.storeAddress.port, ...this.guarded.map((one) => one.address.port)];
    await this.#fault.arm(this.tidegate.pid, { ports, ...fault });
  }

  /** After it has died: the same installation again. */
  async restart(): Promise<void> {
    const { dataDir, port } = this.tidegate;
    const [clock] = await this.query<{ now: Date }>('select tidegate.now() as now');
    this.restartedAt = clock?.now ?? new Date(0);
    this.tidegate = await startTidegate({
      ...{ dataDir, port },
      nodeArgs: this.#fault.options.nodeArgs ?? [],
      env: envOf(this.#pgUrl, this.#fault),
    });
  }

  /** Beside the one that runs, on the same store. */
  async startSecond(): Promise<RunningTidegate> {
    return await startTidegate({ dataDir: this.tidegate.dataDir, env: { PG_URL: this.#pgUrl, NODE_ENV: 'test' } });
  }

  /** What the store says. The connection of the last question may have been lost with the store since. */
  async query<Row extends pg.QueryResultRow>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    const kept = this.#store;
    try {
      return await this.#ask<Row>(text, values);
    } catch (error) {
      await this.#store?.end().catch(() => undefined);
      this.#store = null;
      if (kept === null) throw error;
      return await this.#ask<Row>(text, values);
    }
  }

  async #ask<Row extends pg.QueryResultRow>(text: string, values: readonly unknown[]): Promise<Row[]> {
    this.#store ??= await connectPostgres(this.storeAddress, this.#storeName);
    return (await this.#store.query<Row>(text, [...values])).rows;
  }

  async close(): Promise<void> {
    await this.tidegate.stop();
    await this.#store?.end().catch(() => undefined);
    await Promise.allSettled(this.#closers.map((close) => close()));
    await this.#fault.remove();
  }
}

function envOf(pgUrl: string, fault: FaultPoint): Record<string, string> {
  return { PG_URL: pgUrl, NODE_ENV: 'test', ...fault.options.env };
}

export async function connectPostgres(address: ServerAddress, database: string): Promise<pg.Client> {
  const client = new pg.Client({ host: address.host, port: address.port, ...address.superuser, database });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

async function guardPostgres(address: ServerAddress, database: string, user: string) {
  const root = await connectPostgres(address, 'postgres');
  await root.query(`create role ${user} login createrole password '${gate.password}'`);
  await root.query(`create database ${database} owner ${user}`);
  await root.end();
  const inside = await connectPostgres(address, database);
  await inside.query(`set role ${user}; create table a (id int); create table b (id int); insert into a values (1);
    insert into b values (1); reset role`);
  await inside.end();
  let kept: pg.Client | null = null;
  const names = async (text: string, prefix: string) => {
    kept ??= await connectPostgres(address, 'postgres');
    try {
      return (await kept.query<{ name: string }>(text, [prefix])).rows.map((row) => row.name);
    } catch (error) {
      // The server may have been lost: the next look dials again.
      await kept.end().catch(() => undefined);
      kept = null;
      throw error;
    }
  };
  return {
    accounts: (prefix: string) =>
      names(`select rolname as name from pg_roles where starts_with(rolname, $1) and strpos(rolname, '.') = 0`, prefix),
    sessions: (prefix: string) =>
      names('select distinct usename::text as name from pg_stat_activity where starts_with(usename, $1)', prefix),
    close: async () => await kept?.end(),
  };
}

async function guardMySql(address: ServerAddress, database: string, user: string) {
  const root = await mysql.createConnection({ host: address.host, port: address.port, ...address.superuser });
  await root.query(`create database ${database}`);
  await root.query(`create user '${user}'@'%' identified by '${gate.password}'`);
  await root.query(`grant create user, process on *.* to '${user}'@'%' with grant option`);
  await root.query(`grant all on \`${database}\`.* to '${user}'@'%' with grant option`);
  await root.query(`grant select on mysql.* to '${user}'@'%'`);
  for (const table of ['a', 'b']) {
    await root.query(`create table ${database}.${table} (id int)`);
    await root.query(`insert into ${database}.${table} values (1)`);
  }
  const names = async (text: string, prefix: string) => {
    const [rows] = await root.query<mysql.RowDataPacket[]>(text, [`${prefix.replaceAll('_', '\\_')}%`]);
    return rows.map((row) => String(row['name']));
  };
  return {
    accounts: (prefix: string) => names('select user as name from mysql.user where user like ?', prefix),
    sessions: (prefix: string) =>
      names('select distinct user as name from information_schema.processlist where user like ?', prefix),
    close: () => root.end(),
  };
}
