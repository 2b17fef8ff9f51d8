import { sql } from 'kysely';
import type { Db, Tx } from '../../platform/store/tx.ts';
import { hashToken, newToken } from './sign-in.ts';

export const invitationDays = 7;

export interface NewInvitation {
  readonly token: string;
  readonly expiresAt: Date;
}

/** Earlier links of the person stop working. */
export async function insertInvitation(tx: Tx, personId: string, by: string): Promise<NewInvitation> {
  await withdrawInvitations(tx, personId);
  const token = newToken();
  const { rows } = await sql<{ expiresAt: Date }>`
    insert into tidegate.invitation (token_hash, person_id, created_by, created_at, expires_at)
    values (${hashToken(token)}, ${personId}, ${by}, tidegate.now(),
      tidegate.now() + make_interval(days => ${invitationDays}))
    returning expires_at as "expiresAt"`.execute(tx);
  const row = rows[0];
  if (row === undefined) throw new Error('The store did not keep the invitation.');
  return { token, expiresAt: row.expiresAt };
}

/** As used: their links stop working. */
export async function withdrawInvitations(tx: Tx, personId: string): Promise<void> {
  await sql`update tidegate.invitation set used_at = tidegate.now()
    where person_id = ${personId} and used_at is null`.execute(tx);
}

export interface OpenInvitation {
  readonly personId: string;
  readonly name: string;
  readonly email: string;
  readonly expiresAt: Date;
}

const invited = sql`p.id as "personId", p.name, p.email, i.expires_at as "expiresAt"`;

export async function findOpenInvitation(db: Db, token: string): Promise<OpenInvitation | null> {
  const { rows } = await sql<OpenInvitation>`
    select ${invited} from tidegate.invitation i
    join tidegate.person p on p.id = i.person_id and p.state <> 'deactivated'
    where i.token_hash = ${hashToken(token)} and i.used_at is null and i.expires_at > tidegate.now()`.execute(db);
  return rows[0] ?? null;
}

/** Uses it up: of two who come at once, one gets it. */
export async function takeInvitation(tx: Tx, token: string): Promise<OpenInvitation | null> {
  const { rows } = await sql<OpenInvitation>`
    update tidegate.invitation i set used_at = tidegate.now()
    from tidegate.person p
    where i.token_hash = ${hashToken(token)} and i.used_at is null and i.expires_at > tidegate.now()
      and p.id = i.person_id and p.state <> 'deactivated'
    returning ${invited}`.execute(tx);
  return rows[0] ?? null;
}
