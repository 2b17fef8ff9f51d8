import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  ApiClient,
  type Fault,
  FaultPoint,
  type RunningTidegate,
  type ServerAddress,
  startTidegate,
  uniqueName,
} from '@tidegate/test-servers';
import type pg from 'pg';
import { gatePassword, guardMySql, guardPostgres, type Witness } from './kill-guarded.ts';
import { embeddedPlace, optionsOf, placeOn, type StorePlace } from './kill-store.ts';

const password = 'a long enough password';
/** A guarded server with one database of two tables, and its superuser, who tells what is really there. */
export interface Guarded extends Witness {
  readonly address: ServerAddress;
  readonly databaseId: string;
  readonly schema: string;
}

export interface Dev {
  readonly id: string;
  readonly client: ApiClient;
}

/** A Tidegate that dies and comes back on the same store, with an administrator, three developers and two servers. */
export class KillArena {
  readonly admin: ApiClient;
  devs: Dev[] = [];
  guarded: Guarded[] = [];
  projectId = '';
  tidegate: RunningTidegate;
  /** Sessions opened before were those of a process that is dead. */
  restartedAt = new Date(0);
  #store: pg.Client | null = null;
  #dyingWith: readonly number[] = [];
  readonly #place: StorePlace;
  readonly #fault: FaultPoint;
  readonly #closers: (() => Promise<unknown>)[] = [];

  private constructor(parts: { place: StorePlace; fault: FaultPoint; tidegate: RunningTidegate }) {
    this.#place = parts.place;
    this.#fault = parts.fault;
    this.tidegate = parts.tidegate;
    this.admin = new ApiClient(parts.tidegate.url);
  }

  /** With the store on this server, or the embedded one. */
  static async open(store: ServerAddress | 'embedded', servers: readonly ServerAddress[]): Promise<KillArena> {
    const place = store === 'embedded' ? await embeddedPlace() : await placeOn(store);
    const fault = await FaultPoint.prepare();
    const options = optionsOf(place, fault);
    // Ends by itself once, so that what Node has compiled is kept.
    await (await startTidegate(options)).stop();
    const tidegate = await startTidegate(options);
    const arena = new KillArena({ place, fault, tidegate });
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
        ...{ host: address.host, port: address.port, user, password: gatePassword, tlsMode: 'disable' },
      },
    });
    const found = await this.admin.call('GET /databases', { query: { instanceId: instance.id, search: database } });
    const schema = address.kind === 'postgres' ? 'public' : '';
    return { address, databaseId: found.items[0]?.id ?? '', schema, ...witness };
  }

  /** From now on the process counts its messages to all database servers. `withStore`: its own store dies with it. */
  async arm({ withStore = false, ...fault }: Pick<Fault, 'step' | 'delayMs'> & { withStore?: boolean }): Promise<void> {
    const ports = [this.#place.address?.port ?? 0, ...this.guarded.map((one) => one.address.port)];
    this.#dyingWith = withStore ? [this.#postmaster()] : [];
    await this.#fault.arm(this.tidegate.pid, { ports, ...fault, alsoPids: this.#dyingWith });
  }

  /** True where the store is Tidegate's own, and gone while Tidegate is. */
  get hasOwnStore(): boolean {
    return this.#place.address === null;
  }

  #postmaster(): number {
    return Number(readFileSync(join(this.tidegate.dataDir, 'store/data/postmaster.pid'), 'utf8').split('\n')[0]);
  }

  /** At the latest now. */
  async kill(): Promise<void> {
    const isAlive = (await Promise.race([this.tidegate.ended.then(() => false), Promise.resolve(true)])) === true;
    if (isAlive) for (const pid of this.#dyingWith) process.kill(pid, 'SIGKILL');
    await this.tidegate.kill();
  }

  /** After it has died: the same installation again. */
  async restart(): Promise<void> {
    const { dataDir, port } = this.tidegate;
    this.restartedAt = await this.#now();
    this.tidegate = await startTidegate({ ...optionsOf(this.#place, this.#fault), dataDir, port });
  }

  async #now(): Promise<Date> {
    if (this.hasOwnStore) return new Date();
    const [clock] = await this.query<{ now: Date }>('select tidegate.now()');
    return clock?.now ?? new Date(0);
  }

  /** Beside the one that runs, on the same store. */
  async startSecond(): Promise<RunningTidegate> {
    return await startTidegate({ dataDir: this.tidegate.dataDir, env: this.#place.env });
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
    this.#store ??= await this.#place.connect();
    return (await this.#store.query<Row>(text, [...values])).rows;
  }

  async close(): Promise<void> {
    await this.tidegate.stop();
    await this.#store?.end().catch(() => undefined);
    await Promise.allSettled(this.#closers.map((close) => close()));
    await this.#fault.remove();
    await this.#place.remove();
  }
}
