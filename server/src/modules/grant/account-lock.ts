import type { Pool } from 'pg';

const accountClass = 0x7461;
const instanceClass = 0x7472;

/**
 * Work on one account is done by one server process at a time. The lock belongs to a connection of its own, so that it
 * is let go when the process dies anywhere. Waits for its turn.
 */
export async function withAccountLock<T>(pool: Pool, accountId: string, work: () => Promise<T>): Promise<T> {
  return await withLock(
    pool,
    'select pg_advisory_lock($1, hashtext($2)) is not null as locked',
    accountClass,
    accountId,
    async () => await work(),
  );
}

/** One runner an instance: null when another process is at it. */
export async function tryInstanceLock<T>(pool: Pool, instanceId: string, work: () => Promise<T>): Promise<T | null> {
  return await withLock(
    pool,
    'select pg_try_advisory_lock($1, hashtext($2)) as locked',
    instanceClass,
    instanceId,
    async (locked) => (locked ? await work() : null),
  );
}

async function withLock<T>(
  pool: Pool,
  take: string,
  lockClass: number,
  key: string,
  work: (locked: boolean) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  let isBroken = false;
  try {
    const { rows } = await client.query<{ locked: boolean }>(take, [lockClass, key]);
    const locked = rows[0]?.locked === true;
    try {
      return await work(locked);
    } finally {
      if (locked) {
        await client.query('select pg_advisory_unlock($1, hashtext($2))', [lockClass, key]).catch(() => {
          isBroken = true;
        });
      }
    }
  } finally {
    // A connection whose unlock failed is closed, which lets the lock go.
    client.release(isBroken);
  }
}
