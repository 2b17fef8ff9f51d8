import { sql } from 'kysely';
import { AppError } from '../../platform/errors/app-error.ts';
import type { Db, Tx } from '../../platform/store/tx.ts';
import type { AuditLog } from '../audit/index.ts';

export interface Pause {
  readonly since: Date;
  /** What shows that the store may not be the latest, in words. */
  readonly reason: string;
}

const key = 'opening_pause';

/**
 * After the metadata store was restored, what was revoked since the backup would be open again. So nothing opens until
 * an administrator confirms; closing goes on.
 */
export class OpeningPause {
  readonly #db: Db;
  readonly #audit: AuditLog;

  constructor(parts: { db: Db; audit: AuditLog }) {
    this.#db = parts.db;
    this.#audit = parts.audit;
  }

  async find(db: Db = this.#db): Promise<Pause | null> {
    const query = db.selectFrom('setting').where('key', '=', key).select(['value', 'updated_at']);
    const row = await query.executeTakeFirst();
    if (row === undefined) return null;
    return { since: row.updated_at, reason: typeof row.value === 'string' ? row.value : 'Unknown.' };
  }

  /** Refuses with `workspace.paused`. */
  async refuse(tx: Tx): Promise<void> {
    const pause = await this.find(tx);
    if (pause === null) return;
    throw new AppError(
      'workspace.paused',
      'Tidegate is paused: its store may have been restored from a backup. Nothing opens until an administrator confirms.',
    );
  }

  /** The first reason stays. */
  async begin(reason: string): Promise<void> {
    await this.#db.transaction().execute(async (tx) => {
      const { rows } = await sql`
        insert into tidegate.setting (key, value) values (${key}, ${JSON.stringify(reason)}::jsonb)
        on conflict (key) do nothing returning key`.execute(tx);
      if (rows.length === 0) return;
      await this.#audit.append(tx, { kind: 'workspace.paused', actorId: null, data: { reason } });
    });
  }

  /** An administrator has looked: what the ledger says holds. Refuses with `workspace.not_paused`. */
  async end(by: { readonly personId: string; readonly adminPersonId: string | null }): Promise<void> {
    await this.#db.transaction().execute(async (tx) => {
      const gone = await tx.deleteFrom('setting').where('key', '=', key).returning('value').executeTakeFirst();
      if (gone === undefined) throw new AppError('workspace.not_paused', 'Tidegate is not paused.');
      await this.#audit.append(tx, {
        kind: 'workspace.resumed',
        actorId: by.personId,
        onBehalfOfId: by.adminPersonId,
        data: { reason: gone.value },
      });
    });
  }
}
