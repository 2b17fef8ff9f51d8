import { type Selectable, sql } from 'kysely';
import type { MethodSettings, Place } from '../../connection-methods/connection-method.ts';
import type { CapabilityFinding, ServerFacts } from '../../engines/engine.ts';
import type { InstanceTable } from '../../platform/store/store-schema.ts';
import type { Db, Tx } from '../../platform/store/tx.ts';
import {
  type CapabilityState,
  type InstanceRecord,
  newShortId,
  type SealedSecrets,
  type SyncState,
} from './instance.ts';

/** A connection as it is written down: all of it, since its parts belong together. */
export interface KeptFields extends Place, SealedSecrets {
  readonly method: string;
  readonly settings: MethodSettings;
}

export interface NewInstance extends KeptFields {
  readonly id: string;
  readonly shortId: string;
  readonly title: string;
  readonly environmentId: string;
  readonly facts: ServerFacts;
  readonly isSample: boolean;
}

export interface InstanceChange {
  readonly title?: string | undefined;
  readonly environmentId?: string | undefined;
  readonly connection?: (KeptFields & { readonly facts: ServerFacts }) | undefined;
}

const now = sql<Date>`tidegate.now()`;

/** The registered servers. Only those that are not unregistered are found. */
export class InstanceStore {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  async find(id: string): Promise<InstanceRecord | null> {
    const row = await this.#registered(this.#db).where('id', '=', id).executeTakeFirst();
    return row === undefined ? null : toInstance(row);
  }

  async findForChange(tx: Tx, id: string): Promise<InstanceRecord | null> {
    const row = await this.#registered(tx).where('id', '=', id).forUpdate().executeTakeFirst();
    return row === undefined ? null : toInstance(row);
  }

  /** The registered server with this identity or title. */
  async findLike(like: { identity: string } | { title: string }): Promise<InstanceRecord | null> {
    const row = await this.#registered(this.#db)
      .where((eb) =>
        'identity' in like
          ? eb('server_identity', '=', like.identity)
          : eb(eb.fn('lower', ['title']), '=', eb.fn('lower', [eb.val(like.title)])),
      )
      .executeTakeFirst();
    return row === undefined ? null : toInstance(row);
  }

  #registered(db: Db | Tx) {
    return db.selectFrom('instance').selectAll().where('unregistered_at', 'is', null);
  }

  /** A short id that no instance has or ever had. */
  async freeShortId(tx: Tx): Promise<string> {
    for (;;) {
      const candidate = newShortId();
      const taken = await tx.selectFrom('instance').select('id').where('short_id', '=', candidate).executeTakeFirst();
      if (taken === undefined) return candidate;
    }
  }

  async insert(tx: Tx, instance: NewInstance): Promise<void> {
    await tx
      .insertInto('instance')
      .values({
        id: instance.id,
        short_id: instance.shortId,
        title: instance.title,
        environment_id: instance.environmentId,
        engine: instance.engine,
        ...columnsOf(instance),
        is_sample: instance.isSample,
      })
      .execute();
  }

  async update(tx: Tx, id: string, change: InstanceChange): Promise<void> {
    const values = {
      ...(change.title === undefined ? {} : { title: change.title }),
      ...(change.environmentId === undefined ? {} : { environment_id: change.environmentId }),
      ...(change.connection === undefined ? {} : columnsOf(change.connection)),
    };
    if (Object.keys(values).length === 0) return;
    await tx.updateTable('instance').set(values).where('id', '=', id).execute();
  }

  /** The row stays for the record; its secret does not, nor do its databases stay in projects. */
  async unregister(tx: Tx, id: string): Promise<void> {
    await tx
      .updateTable('instance')
      .set({ unregistered_at: now, password_sealed: null, method_secret_sealed: null })
      .where('id', '=', id)
      .execute();
    await tx
      .updateTable('database')
      .set({ vanished_at: sql<Date>`coalesce(vanished_at, tidegate.now())`, project_id: null })
      .where('instance_id', '=', id)
      .execute();
    await tx
      .deleteFrom('relation')
      .where('database_id', 'in', (eb) => eb.selectFrom('database').select('id').where('instance_id', '=', id))
      .execute();
    await tx
      .deleteFrom('routine')
      .where('database_id', 'in', (eb) => eb.selectFrom('database').select('id').where('instance_id', '=', id))
      .execute();
  }

  /** Registered instances that nobody has synchronised since, the longest ago first. */
  async notSyncedSince(minutes: number): Promise<string[]> {
    const rows = await this.#db
      .selectFrom('instance')
      .select('id')
      .where('unregistered_at', 'is', null)
      .where('unregistering_at', 'is', null)
      .where(sql<boolean>`coalesce(synced_at, '-infinity') < clock_timestamp() - make_interval(mins => ${minutes})`)
      .orderBy(sql`synced_at asc nulls first`)
      .execute();
    return rows.map((row) => row.id);
  }

  /** Registered instances on which people have accounts. */
  async withAccounts(): Promise<string[]> {
    const rows = await this.#db
      .selectFrom('instance')
      .select('id')
      .where('unregistering_at', 'is', null)
      .where('id', 'in', (eb) => eb.selectFrom('database_account').select('instance_id').where('state', '=', 'live'))
      .execute();
    return rows.map((row) => row.id);
  }

  /** Databases without an environment of their own. */
  async databasesInheriting(tx: Tx, id: string): Promise<string[]> {
    const rows = await tx
      .selectFrom('database')
      .select('id')
      .where('instance_id', '=', id)
      .where('environment_id', 'is', null)
      .where('vanished_at', 'is', null)
      .execute();
    return rows.map((row) => row.id);
  }

  async setSync(db: Db | Tx, id: string, state: SyncState, message: string | null): Promise<void> {
    const finished = state === 'ok' || state === 'failed' ? { synced_at: sql<Date>`clock_timestamp()` } : {};
    await db
      .updateTable('instance')
      .set({ sync_state: state, sync_message: message, ...finished })
      .where('id', '=', id)
      .execute();
  }

  async setCapability(
    tx: Tx,
    id: string,
    state: CapabilityState,
    findings: readonly CapabilityFinding[],
  ): Promise<void> {
    await tx
      .updateTable('instance')
      .set({ capability_state: state, capability_at: now, capability_findings: JSON.stringify(findings) })
      .where('id', '=', id)
      .execute();
  }

  async setVersion(tx: Tx, id: string, version: string): Promise<void> {
    await tx.updateTable('instance').set({ version }).where('id', '=', id).execute();
  }

  /** Syncs that a stopped server left behind are marked so; called before the first sync of this process. */
  async markInterruptedSyncs(): Promise<void> {
    await this.#db
      .updateTable('instance')
      .set({ sync_state: 'failed', sync_message: 'Tidegate stopped while it was reading. Synchronise again.' })
      .where('sync_state', '=', 'running')
      .execute();
  }
}

function columnsOf(connection: KeptFields & { readonly facts: ServerFacts }) {
  return {
    host: connection.host,
    port: connection.port,
    user_name: connection.user,
    connection_method: connection.method,
    connection_settings: JSON.stringify(connection.settings),
    password_sealed: connection.passwordSealed,
    method_secret_sealed: connection.methodSecretSealed,
    tls_mode: connection.tlsMode,
    tls_ca: connection.tlsCa,
    server_identity: connection.facts.identity,
    version: connection.facts.version,
  };
}

function toInstance(row: Selectable<InstanceTable>): InstanceRecord {
  return {
    id: row.id,
    shortId: row.short_id,
    title: row.title,
    environmentId: row.environment_id,
    engine: row.engine,
    host: row.host,
    port: row.port,
    user: row.user_name,
    connectionMethod: row.connection_method,
    connectionSettings: row.connection_settings as MethodSettings,
    passwordSealed: row.password_sealed,
    methodSecretSealed: row.method_secret_sealed,
    tlsMode: row.tls_mode,
    tlsCa: row.tls_ca,
    isSample: row.is_sample,
    unregisteringAt: row.unregistering_at,
  };
}
