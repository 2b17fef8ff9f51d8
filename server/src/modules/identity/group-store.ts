import { sql } from 'kysely';
import type { Db, Tx } from '../../platform/store/tx.ts';

export interface GroupRecord {
  readonly id: string;
  readonly name: string;
}

export async function findGroup(db: Db, groupId: string): Promise<GroupRecord | null> {
  const query = db.selectFrom('person_group').select(['id', 'name']).where('id', '=', groupId);
  return (await query.executeTakeFirst()) ?? null;
}

/** Names are the same when they differ only in case. */
export async function isGroupNameTaken(tx: Tx, name: string, exceptId: string | null): Promise<boolean> {
  const { rows } = await sql`
    select 1 from tidegate.person_group
    where lower(name) = lower(${name}) and id is distinct from ${exceptId}::uuid`.execute(tx);
  return rows.length > 0;
}

export async function insertGroup(tx: Tx, name: string): Promise<string> {
  const row = await tx.insertInto('person_group').values({ name }).returning('id').executeTakeFirstOrThrow();
  return row.id;
}

export async function renameGroup(tx: Tx, groupId: string, name: string): Promise<void> {
  await tx.updateTable('person_group').set({ name }).where('id', '=', groupId).execute();
}

export async function deleteGroup(tx: Tx, groupId: string): Promise<void> {
  await tx.deleteFrom('person_group').where('id', '=', groupId).execute();
}

export interface GroupPerson {
  readonly id: string;
  readonly name: string;
}

export async function listGroupPeople(db: Db, groupId: string): Promise<GroupPerson[]> {
  return db
    .selectFrom('group_member')
    .innerJoin('person', 'person.id', 'group_member.person_id')
    .select(['person.id', 'person.name'])
    .where('group_id', '=', groupId)
    .orderBy('person.name')
    .execute();
}

/** Those of the ids who can be in a group: known and not deactivated. */
export async function listGroupable(tx: Tx, personIds: readonly string[]): Promise<GroupPerson[]> {
  const { rows } = await sql<GroupPerson>`
    select id, name from tidegate.person where id = any(${[...personIds]}::uuid[]) and state <> 'deactivated'`.execute(
    tx,
  );
  return rows;
}

export async function addToGroup(tx: Tx, groupId: string, personIds: readonly string[]): Promise<void> {
  await sql`
    insert into tidegate.group_member (group_id, person_id)
    select ${groupId}::uuid, unnest(${[...personIds]}::uuid[]) on conflict do nothing`.execute(tx);
}

export async function removeFromGroup(tx: Tx, groupId: string, personIds: readonly string[]): Promise<void> {
  await sql`
    delete from tidegate.group_member
    where group_id = ${groupId} and person_id = any(${[...personIds]}::uuid[])`.execute(tx);
}
