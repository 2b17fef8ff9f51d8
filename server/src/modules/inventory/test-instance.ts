import { randomUUID } from 'node:crypto';
import type { Db } from '../../platform/store/tx.ts';
import { newShortId } from './instance.ts';

/** For tests that need rows and no server: an instance in the first environment. */
export async function insertInstance(db: Db, title: string): Promise<string> {
  const environment = await db.selectFrom('environment').select('id').orderBy('position').executeTakeFirstOrThrow();
  const row = await db
    .insertInto('instance')
    .values({
      short_id: newShortId(),
      title,
      environment_id: environment.id,
      engine: 'postgresql',
      host: '127.0.0.1',
      port: 1,
      user_name: 'nobody',
      tls_mode: 'disable',
      server_identity: randomUUID(),
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return row.id;
}
