import { type RawBuilder, sql } from 'kysely';

/**
 * Any role by which the holder of the row `g` belongs to its project: who has left it keeps nothing that he asked for.
 * `withoutMember` looks as if that membership were gone already.
 */
export function standingOf(withoutMember: string | null = null): RawBuilder<unknown> {
  return sql`
    select from tidegate.project_member m
    where m.project_id = g.project_id and (m.expires_at is null or m.expires_at > (select tidegate.now()))
      and (${withoutMember}::uuid is null or m.id <> ${withoutMember}::uuid)
      and (m.person_id = g.person_id
        or m.group_id in (select group_id from tidegate.group_member where person_id = g.person_id))
    union all
    select from tidegate.workspace_role w
    where w.role <> 'workspace_member' and (w.person_id = g.person_id
      or w.group_id in (select group_id from tidegate.group_member where person_id = g.person_id))`;
}
