import type { Pool } from 'pg';
import { forgetGeneratedKey, type KeyPlace, openSealer, renewKeyCheck } from './key-keeper.ts';
import type { Sealer } from './sealer.ts';

/** A column of sealed texts. Table and column are written into SQL: they come from the code, never from outside. */
export interface SealedColumn {
  readonly table: string;
  readonly column: string;
  /** What the text of the row was sealed for. */
  purposeOf(id: string): string;
}

export interface Rotation {
  readonly rewrapped: number;
  readonly alreadyCurrent: number;
}

/**
 * Puts every sealed record under the newest key and forgets a generated one. May be stopped and run again, and runs
 * beside working servers, as long as those know both keys.
 */
export async function rotateSecrets(place: KeyPlace, columns: readonly SealedColumn[]): Promise<Rotation> {
  const { sealer, source } = await openSealer(place);
  let rewrapped = 0;
  let alreadyCurrent = 0;
  for (const column of columns) {
    for (const id of await idsOf(place.pool, column)) {
      if (await rewrapRow(place.pool, sealer, column, id)) rewrapped += 1;
      else alreadyCurrent += 1;
    }
  }
  await renewKeyCheck(place.pool, sealer);
  if (source === 'environment') await forgetGeneratedKey(place);
  return { rewrapped, alreadyCurrent };
}

async function idsOf(pool: Pool, { table, column }: SealedColumn): Promise<readonly string[]> {
  const sql = `select id from tidegate."${table}" where "${column}" is not null`;
  return (await pool.query<{ id: string }>(sql)).rows.map(({ id }) => id);
}

/** The row may get a new secret at the same moment: only the text that was read is replaced, else it is read again. */
async function rewrapRow(pool: Pool, sealer: Sealer, { table, column, purposeOf }: SealedColumn, id: string) {
  for (;;) {
    const read = `select "${column}" as sealed from tidegate."${table}" where id = $1`;
    const sealed = (await pool.query<{ sealed: string | null }>(read, [id])).rows[0]?.sealed;
    if (sealed === undefined || sealed === null || sealer.isCurrent(sealed)) return false;
    const write = `update tidegate."${table}" set "${column}" = $2 where id = $1 and "${column}" = $3`;
    const { rowCount } = await pool.query(write, [id, sealer.rewrap(sealed, purposeOf(id)), sealed]);
    if (rowCount === 1) return true;
  }
}
