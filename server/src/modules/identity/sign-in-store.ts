import { sql } from 'kysely';
import type { Db, Tx } from '../../platform/store/tx.ts';
import { hashToken, longestDays, newToken } from './sign-in.ts';

export interface NewSignIn {
  readonly personId: string;
  readonly adminPersonId: string | null;
  readonly address: string;
  /** Of the sign-in that this one follows, so that following one another does not prolong anything. */
  readonly expiresAt?: Date;
}

/** Always with a new id: what a browser brought along never becomes a sign-in. Answers with the token for the cookie. */
export async function insertSignIn(tx: Tx, signIn: NewSignIn): Promise<string> {
  const token = newToken();
  await sql`
    insert into tidegate.sign_in (id_hash, person_id, admin_person_id, created_at, last_seen_at, expires_at, address)
    values (${hashToken(token)}, ${signIn.personId}, ${signIn.adminPersonId}, tidegate.now(), tidegate.now(),
      coalesce(${signIn.expiresAt ?? null}::timestamptz, tidegate.now() + make_interval(days => ${longestDays})),
      ${signIn.address})`.execute(tx);
  await sql`update tidegate.person set last_seen_at = tidegate.now()
    where id = ${signIn.adminPersonId ?? signIn.personId}`.execute(tx);
  await sql`delete from tidegate.sign_in where person_id = ${signIn.personId} and expires_at <= tidegate.now()`.execute(
    tx,
  );
  return token;
}

export interface SignInRecord {
  readonly personId: string;
  readonly adminPersonId: string | null;
  readonly expiresAt: Date;
}

/** Ends it and says what it was; null: there was none. */
export async function takeSignIn(tx: Tx, token: string): Promise<SignInRecord | null> {
  const row = await tx
    .deleteFrom('sign_in')
    .where('id_hash', '=', hashToken(token))
    .returning(['person_id as personId', 'admin_person_id as adminPersonId', 'expires_at as expiresAt'])
    .executeTakeFirst();
  return row ?? null;
}

/** Ends every sign-in of the person, also those in which he looks through the sample person's eyes. */
export async function deleteSignIns(db: Db, personId: string): Promise<number> {
  const result = await db
    .deleteFrom('sign_in')
    .where((where) => where.or([where('person_id', '=', personId), where('admin_person_id', '=', personId)]))
    .executeTakeFirst();
  return Number(result.numDeletedRows);
}
