import { sql } from 'kysely';
import { kept } from '../../platform/store/kept-plans.ts';
import type { Db } from '../../platform/store/tx.ts';
import { type ActorFacts, createActor, type KnownActor } from './actor.ts';
import { hashToken, idleHours } from './sign-in.ts';

/** Reads who somebody is and everything he may do, in one query, as it is now. Rejects when the store is away. */
export interface ActorLoader {
  /** Null: no such sign-in, it has ended, or its person may not sign in any more. */
  bySignIn(token: string): Promise<{ readonly actor: KnownActor } | null>;
  /** Null: no such person, or not active. Pass the transaction of a decision to read what that transaction sees. */
  byPersonId(personId: string, db?: Db): Promise<KnownActor | null>;
}

interface ActorRow extends ActorFacts {
  readonly isSeenLongAgo: boolean;
}

/** Groups of the person `p`. */
const ownGroups = sql`(select g.group_id from tidegate.group_member g where g.person_id = p.id)`;

const roleColumns = sql`
  p.id as "personId", p.name, p.email,
  coalesce((select array_agg(distinct w.role) from tidegate.workspace_role w
    where w.person_id = p.id or w.group_id in ${ownGroups}), '{}') as "workspaceWideRoles",
  coalesce((select jsonb_agg(distinct jsonb_build_object('projectId', m.project_id, 'role', m.role))
    from tidegate.project_member m
    where (m.person_id = p.id or m.group_id in ${ownGroups})
      and (m.expires_at is null or m.expires_at > tidegate.now())), '[]') as "projectRoles"`;

export function createActorLoader(store: Db): ActorLoader {
  return {
    async bySignIn(token) {
      const idHash = hashToken(token);
      const { rows } = await sql<ActorRow>`${kept}
        select ${roleColumns}, s.admin_person_id as "adminPersonId",
          -- An administrator who looks through the sample person's eyes has nothing to choose there.
          p.must_change_password and s.admin_person_id is null as "mustChangePassword",
          s.last_seen_at < tidegate.now() - interval '1 minute' as "isSeenLongAgo"
        from tidegate.sign_in s
        join tidegate.person p on p.id = s.person_id and p.state = 'active'
        left join tidegate.person a on a.id = s.admin_person_id
        where s.id_hash = ${idHash} and s.expires_at > tidegate.now()
          and s.last_seen_at > tidegate.now() - make_interval(hours => ${idleHours})
          and (s.admin_person_id is null or a.state = 'active')`.execute(store);
      const row = rows[0];
      if (row === undefined) return null;
      if (row.isSeenLongAgo) await noteSeen(store, idHash);
      return { actor: createActor(row) };
    },

    async byPersonId(personId, db = store) {
      const { rows } = await sql<ActorFacts>`
        select ${roleColumns}, null as "adminPersonId", p.must_change_password as "mustChangePassword"
        from tidegate.person p where p.id = ${personId} and p.state = 'active'`.execute(db);
      return rows[0] === undefined ? null : createActor(rows[0]);
    },
  };
}

/** At most once a minute for each sign-in, so that reading stays reading. */
async function noteSeen(store: Db, idHash: string): Promise<void> {
  await sql`
    with seen as (
      update tidegate.sign_in set last_seen_at = tidegate.now() where id_hash = ${idHash}
      returning person_id, admin_person_id)
    update tidegate.person p set last_seen_at = tidegate.now()
    from seen where p.id = seen.person_id and seen.admin_person_id is null`.execute(store);
}
