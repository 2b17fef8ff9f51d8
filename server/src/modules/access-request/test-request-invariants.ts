import { sql } from 'kysely';
import type { Db } from '../../platform/store/tx.ts';

/** What must never be found in the store, whatever was done. */
export async function brokenInvariants(db: Db, projectId: string): Promise<unknown[]> {
  const { rows } = await sql`
    select 'a grant without an approved request' as broken, g.id from tidegate.access_grant g
    left join tidegate.access_request r on r.id = g.request_id
    where g.project_id = ${projectId} and g.source = 'request' and r.state is distinct from 'approved'
    union all
    select 'approved without the decisions its flow demanded', r.id from tidegate.access_request r
    where r.project_id = ${projectId} and r.state = 'approved' and not r.is_auto_approved and (
      not exists (select from tidegate.request_step s where s.request_id = r.id and s.round = r.round)
      or exists (select from tidegate.request_step s where s.request_id = r.id and s.round = r.round and s.state <> 'passed_over' and s.quorum > (
        select count(distinct counted.person_id) from tidegate.decision_step counted
        join tidegate.decision d on d.id = counted.decision_id and d.decision = 'approve'
        where counted.step_id = s.id and counted.round = r.round)))
    union all
    select 'decided by one who gains', d.id from tidegate.decision d
    join tidegate.access_request r on r.id = d.request_id
    where r.project_id = ${projectId} and d.person_id in (r.requester_id, r.behind_id)
    union all
    select 'one person twice in a flow', counted.decision_id from tidegate.decision_step counted
    join tidegate.access_request r on r.id = counted.request_id and r.project_id = ${projectId}
    group by counted.decision_id, counted.request_id, counted.round, counted.track, counted.person_id having count(*) > 1
    union all
    select 'closed without its check', g.id from tidegate.access_grant g
    where g.project_id = ${projectId} and g.ended_at is not null and (g.closing_at is null or exists (
      select from tidegate.closure_target t where t.grant_id = g.id and t.done_at is null))`.execute(db);
  return rows;
}
