import { sql } from 'kysely';
import type { Db, Tx } from '../../platform/store/tx.ts';

export type PersonState = 'invited' | 'active' | 'deactivated';

export interface PersonRecord {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly passwordHash: string | null;
  readonly state: PersonState;
  readonly isSample: boolean;
}

const columns = ['id', 'name', 'email', 'password_hash as passwordHash', 'state', 'is_sample as isSample'] as const;

export async function findPerson(db: Db, personId: string): Promise<PersonRecord | null> {
  return (await db.selectFrom('person').select(columns).where('id', '=', personId).executeTakeFirst()) ?? null;
}

export async function findPersonByEmail(db: Db, email: string): Promise<PersonRecord | null> {
  return (await db.selectFrom('person').select(columns).where('email', '=', email).executeTakeFirst()) ?? null;
}

/** The person whose eyes an administrator may borrow. */
export async function findSamplePerson(db: Db): Promise<PersonRecord | null> {
  const query = db.selectFrom('person').select(columns).where('is_sample', '=', true).where('state', '=', 'active');
  return (await query.orderBy('created_at').executeTakeFirst()) ?? null;
}

export async function isAnybodyRegistered(db: Db): Promise<boolean> {
  return (await db.selectFrom('person').select('id').limit(1).executeTakeFirst()) !== undefined;
}

export interface NewPerson {
  readonly name: string;
  readonly email: string;
  readonly passwordHash: string | null;
  readonly mustChangePassword: boolean;
  readonly state: PersonState;
}

export async function insertPerson(tx: Tx, person: NewPerson): Promise<string> {
  const row = await tx
    .insertInto('person')
    .values({
      name: person.name,
      email: person.email,
      password_hash: person.passwordHash,
      must_change_password: person.mustChangePassword,
      state: person.state,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return row.id;
}

export async function renamePerson(tx: Tx, personId: string, name: string): Promise<void> {
  await tx.updateTable('person').set({ name }).where('id', '=', personId).execute();
}

export async function setPersonState(tx: Tx, personId: string, state: PersonState): Promise<void> {
  await tx.updateTable('person').set({ state }).where('id', '=', personId).execute();
}

/**
 * Whether the person may still sign in with the password that was just checked. Holds the row until the transaction
 * ends: a deactivation or a new password waits, or has won.
 */
export async function holdForSignIn(tx: Tx, person: PersonRecord): Promise<boolean> {
  const { rows } = await sql`
    select 1 from tidegate.person
    where id = ${person.id} and state = 'active' and password_hash = ${person.passwordHash} for share`.execute(tx);
  return rows.length === 1;
}

/** A password of the person's own choice. */
export async function setPassword(tx: Tx, personId: string, passwordHash: string): Promise<void> {
  await tx
    .updateTable('person')
    .set({ password_hash: passwordHash, must_change_password: false })
    .where('id', '=', personId)
    .execute();
}

/** Active administrators who can sign in; the sample person does not count. */
export async function countAdmins(tx: Tx): Promise<number> {
  const { rows } = await sql<{ admins: number }>`
    select count(*)::int as admins from tidegate.person p
    where p.state = 'active' and not p.is_sample and p.password_hash is not null
      and exists (
        select 1 from tidegate.workspace_role w
        where w.role = 'workspace_admin' and (w.person_id = p.id
          or w.group_id in (select g.group_id from tidegate.group_member g where g.person_id = p.id)))`.execute(tx);
  return rows[0]?.admins ?? 0;
}
