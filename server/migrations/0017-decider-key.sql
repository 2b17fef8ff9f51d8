-- The same keys, in parts that can each use an index: a role held by a person and one held by a group are looked up
-- apart, so that the number of people does not multiply with the number of roles.
create or replace view tidegate.decider_key as
  select p.id as person_id, 'person:' || p.id as key from tidegate.person p where p.state = 'active'
  union all
  select p.id, 'group:' || m.group_id from tidegate.group_member m
  join tidegate.person p on p.id = m.person_id and p.state = 'active'
  union all
  select p.id, 'role:' || w.role from tidegate.workspace_role w
  join tidegate.person p on p.id = w.person_id and p.state = 'active'
  union all
  select p.id, 'role:' || w.role from tidegate.workspace_role w
  join tidegate.group_member m on m.group_id = w.group_id
  join tidegate.person p on p.id = m.person_id and p.state = 'active'
  union all
  select p.id, 'role:' || pm.role || '@' || pm.project_id from tidegate.project_member pm
  join tidegate.person p on p.id = pm.person_id and p.state = 'active'
  where pm.expires_at is null or pm.expires_at > (select tidegate.now())
  union all
  select p.id, 'role:' || pm.role || '@' || pm.project_id from tidegate.project_member pm
  join tidegate.group_member m on m.group_id = pm.group_id
  join tidegate.person p on p.id = m.person_id and p.state = 'active'
  where pm.expires_at is null or pm.expires_at > (select tidegate.now());
