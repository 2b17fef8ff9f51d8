-- Custom approval: who has to say yes, by what is asked and how risky it is. And the whole life of a request.

-- ------------------------------------------------------------------ flows, matrix, limits

create table tidegate.approval_flow (
  id uuid primary key default gen_random_uuid(),
  name text not null,
  version integer not null default 1,
  created_at timestamptz not null default clock_timestamp(),
  -- Requests speak of it: it is never removed.
  deleted_at timestamptz
);
create unique index approval_flow_name_unique on tidegate.approval_flow (lower(name)) where deleted_at is null;

create table tidegate.approval_flow_version (
  flow_id uuid not null references tidegate.approval_flow,
  version integer not null,
  name text not null,
  description text not null,
  kind text not null constraint approval_flow_kind_known check (kind in ('steps', 'auto_approve', 'refuse')),
  steps jsonb not null,
  approves_write boolean not null default false,
  extends_minutes integer,
  -- Null: came with Tidegate.
  saved_by uuid references tidegate.person,
  saved_at timestamptz not null default clock_timestamp(),
  primary key (flow_id, version),
  constraint approval_flow_steps_are_for_people check ((kind = 'steps') = (jsonb_array_length(steps) > 0)),
  constraint approval_flow_write_is_for_auto check (kind = 'auto_approve' or not approves_write)
);
create trigger approval_flow_version_append_only before update or delete on tidegate.approval_flow_version
  for each row execute function tidegate.refuse_change();

-- Source × level → flow. Without a project: the workspace's. With one: what the project adds to it. No row: no access.
create table tidegate.approval_cell (
  project_id uuid references tidegate.project,
  source text not null constraint approval_cell_source_known check (source in ('read', 'write', 'export', 'emergency')),
  level text not null constraint approval_cell_level_known check (level in ('low', 'moderate', 'high')),
  flow_id uuid not null references tidegate.approval_flow,
  constraint approval_cell_once unique nulls not distinct (project_id, source, level)
);

create table tidegate.approval_cap (
  project_id uuid references tidegate.project,
  level text not null constraint approval_cap_level_known check (level in ('low', 'moderate', 'high')),
  longest_minutes integer not null constraint approval_cap_longest_positive check (longest_minutes > 0),
  allows_no_end boolean not null,
  needs_ticket boolean not null,
  constraint approval_cap_once unique nulls not distinct (project_id, level)
);

-- What was the one fixed flow stands in every cell; the other two wait to be chosen.
insert into tidegate.approval_flow (id, name) values
  ('00000000-0000-4000-8000-000000000001', 'Project Owner'),
  ('00000000-0000-4000-8000-000000000002', 'Auto-approve'),
  ('00000000-0000-4000-8000-000000000003', 'Refuse');
insert into tidegate.approval_flow_version (flow_id, version, name, description, kind, steps) values
  ('00000000-0000-4000-8000-000000000001', 1, 'Project Owner', 'One person who looks after the project or the workspace.', 'steps',
   '[{"deciders": [{"kind": "role", "role": "project_owner"}, {"kind": "role", "role": "workspace_dba"},
      {"kind": "role", "role": "workspace_admin"}], "quorum": 1, "minutes": null, "afterwards": {"kind": "expire"}}]'),
  ('00000000-0000-4000-8000-000000000002', 1, 'Auto-approve', 'Nobody is asked.', 'auto_approve', '[]'),
  ('00000000-0000-4000-8000-000000000003', 1, 'Refuse', 'It cannot be asked for.', 'refuse', '[]');
insert into tidegate.approval_cell (project_id, source, level, flow_id)
select null, source, level, '00000000-0000-4000-8000-000000000001'
from unnest(array['read', 'write', 'export', 'emergency']) as source, unnest(array['low', 'moderate', 'high']) as level;
insert into tidegate.approval_cap (project_id, level, longest_minutes, allows_no_end, needs_ticket)
select null, level, 90 * 1440, false, false from unnest(array['low', 'moderate', 'high']) as level;

-- Who somebody is in the eyes of a step: himself, his groups, his roles everywhere and in single projects. The keys of
-- a step are written the same way, so that "may he decide" and "who may decide" are one comparison.
create view tidegate.decider_key as
  select p.id as person_id, 'person:' || p.id as key from tidegate.person p where p.state = 'active'
  union all
  select p.id, 'group:' || m.group_id from tidegate.group_member m
  join tidegate.person p on p.id = m.person_id and p.state = 'active'
  union all
  select p.id, 'role:' || w.role from tidegate.workspace_role w
  join tidegate.person p on p.state = 'active' and (p.id = w.person_id
    or p.id in (select m.person_id from tidegate.group_member m where m.group_id = w.group_id))
  union all
  select p.id, 'role:' || pm.role || '@' || pm.project_id from tidegate.project_member pm
  join tidegate.person p on p.state = 'active' and (p.id = pm.person_id
    or p.id in (select m.person_id from tidegate.group_member m where m.group_id = pm.group_id))
  where pm.expires_at is null or pm.expires_at > (select tidegate.now());

-- ------------------------------------------------------------------ the life of a request

create table tidegate.access_request_transition (
  former_state text not null,
  state text not null,
  primary key (former_state, state)
);
insert into tidegate.access_request_transition (former_state, state) values
  ('new', 'pending'),
  ('pending', 'pending'), -- edited
  ('pending', 'changes_wanted'),
  ('pending', 'approved'),
  ('pending', 'rejected'),
  ('pending', 'withdrawn'),
  ('pending', 'expired'),
  ('changes_wanted', 'pending'),
  ('changes_wanted', 'withdrawn'),
  ('changes_wanted', 'expired');

alter table tidegate.access_request
  add column former_state text not null default 'new',
  add column kind text not null default 'access'
    constraint access_request_kind_known check (kind in ('access', 'extend', 'add')),
  add column amends_grant_id uuid references tidegate.access_grant,
  -- The administrator who asked through the sample person.
  add column behind_id uuid references tidegate.person,
  add column ticket text,
  add column starts_at timestamptz,
  -- Counts its changes: decisions are made in a round.
  add column round integer not null default 1,
  add column level text constraint access_request_level_known check (level in ('low', 'moderate', 'high')),
  add column is_auto_approved boolean not null default false,
  -- What approvers left of it: { scope, privileges, expiry }; null: all.
  add column narrowed jsonb,
  add column reminded_at timestamptz,
  add constraint access_request_amends_a_grant check ((kind = 'access') = (amends_grant_id is null)),
  drop constraint access_request_state_known;
update tidegate.access_request set former_state = 'pending' where state <> 'pending';
alter table tidegate.access_request
  add constraint access_request_state_follows foreign key (former_state, state)
    references tidegate.access_request_transition (former_state, state);
create index access_request_created on tidegate.access_request (created_at desc, id);
create index access_request_pending on tidegate.access_request (requester_id) where state in ('pending', 'changes_wanted');
create index access_request_open_end on tidegate.access_request (state) where state in ('pending', 'changes_wanted');
create index access_request_amends on tidegate.access_request (amends_grant_id) where amends_grant_id is not null;

-- What the rules said of each source in each round.
create table tidegate.request_risk (
  request_id uuid not null references tidegate.access_request,
  round integer not null,
  source text not null,
  level text not null,
  rule_id text,
  rule_name text,
  rule_version integer,
  reason text not null,
  is_faulty boolean not null,
  primary key (request_id, round, source)
);
create trigger request_risk_append_only before update or delete on tidegate.request_risk
  for each row execute function tidegate.refuse_change();

-- The steps that a round has to take. Flows (`track`) run beside each other, the steps of one after the other.
create table tidegate.request_step (
  id uuid primary key default gen_random_uuid(),
  request_id uuid not null references tidegate.access_request,
  round integer not null,
  track integer not null,
  position integer not null,
  flow_id uuid not null,
  flow_version integer not null,
  sources text[] not null,
  deciders jsonb not null,
  decider_keys text[] not null,
  quorum integer not null constraint request_step_quorum_positive check (quorum > 0),
  minutes integer,
  afterwards jsonb not null,
  state text not null
    constraint request_step_state_known check (state in ('waiting', 'open', 'satisfied', 'passed_over', 'expired', 'void')),
  due_at timestamptz,
  constraint request_step_once unique (request_id, round, track, position),
  constraint request_step_of_a_version foreign key (flow_id, flow_version)
    references tidegate.approval_flow_version (flow_id, version)
);
create index request_step_open on tidegate.request_step using gin (decider_keys) where state = 'open';
create index request_step_due on tidegate.request_step (due_at) where state = 'open' and due_at is not null;

insert into tidegate.request_step (request_id, round, track, position, flow_id, flow_version, sources, deciders,
  decider_keys, quorum, afterwards, state)
select request.id, 1, 0, 0, version.flow_id, version.version, request.privileges, version.steps -> 0 -> 'deciders',
  array['role:project_owner', 'role:project_owner@' || request.project_id, 'role:workspace_dba', 'role:workspace_admin'],
  1, '{"kind": "expire"}', 'open'
from tidegate.access_request request
join tidegate.approval_flow_version version on version.flow_id = '00000000-0000-4000-8000-000000000001'
where request.state = 'pending';

alter table tidegate.decision
  add column round integer not null default 1,
  drop constraint decision_once_a_person;
create index decision_request on tidegate.decision (request_id, round);

-- Which steps a decision counts for. A person counts once in each flow, whatever roles and groups he is in.
create table tidegate.decision_step (
  decision_id uuid not null references tidegate.decision,
  step_id uuid not null references tidegate.request_step,
  request_id uuid not null references tidegate.access_request,
  round integer not null,
  track integer not null,
  person_id uuid not null references tidegate.person,
  primary key (decision_id, step_id),
  constraint decision_counts_once_a_flow unique (request_id, round, track, person_id)
);
create index decision_step_step on tidegate.decision_step (step_id);
create trigger decision_step_append_only before update or delete on tidegate.decision_step
  for each row execute function tidegate.refuse_change();

create table tidegate.request_message (
  id uuid primary key default gen_random_uuid(),
  request_id uuid not null references tidegate.access_request,
  -- Null: time or a rule.
  person_id uuid references tidegate.person,
  kind text not null constraint request_message_kind_known
    check (kind in ('comment', 'changes_wanted', 'edited', 'reminded', 'approved', 'rejected', 'narrowed', 'lapsed')),
  text text not null,
  at timestamptz not null
);
create index request_message_request on tidegate.request_message (request_id, at);
create trigger request_message_append_only before update or delete on tidegate.request_message
  for each row execute function tidegate.refuse_change();
insert into tidegate.request_message (request_id, person_id, kind, text, at)
select request_id, person_id, case decision when 'approve' then 'approved' else 'rejected' end, comment, at
from tidegate.decision;

-- What approvers took away, with the whole before and after.
create table tidegate.request_cut (
  id uuid primary key default gen_random_uuid(),
  request_id uuid not null references tidegate.access_request,
  round integer not null,
  person_id uuid not null references tidegate.person,
  before jsonb not null,
  after jsonb not null,
  at timestamptz not null
);
create index request_cut_request on tidegate.request_cut (request_id, at);
create trigger request_cut_append_only before update or delete on tidegate.request_cut
  for each row execute function tidegate.refuse_change();

-- ------------------------------------------------------------------ emergency access

create table tidegate.emergency_policy (
  environment_id uuid primary key references tidegate.environment on delete cascade,
  longest_minutes integer not null constraint emergency_policy_an_hour check (longest_minutes between 1 and 60)
);
create table tidegate.emergency_policy_principal (
  environment_id uuid not null references tidegate.emergency_policy on delete cascade,
  person_id uuid references tidegate.person,
  group_id uuid references tidegate.person_group on delete cascade,
  constraint emergency_policy_principal_one check (num_nonnulls(person_id, group_id) = 1),
  constraint emergency_policy_principal_once unique nulls not distinct (environment_id, person_id, group_id)
);

create table tidegate.emergency_review (
  id uuid primary key default gen_random_uuid(),
  grant_id uuid not null references tidegate.access_grant,
  person_id uuid not null references tidegate.person,
  behind_id uuid references tidegate.person,
  project_id uuid not null references tidegate.project,
  reason text not null,
  incident text not null,
  level text not null,
  risk jsonb not null,
  flow_id uuid not null,
  flow_version integer not null,
  reviewer_keys text[] not null,
  state text not null default 'open' constraint emergency_review_state_known check (state in ('open', 'closed')),
  opened_at timestamptz not null,
  closed_at timestamptz,
  closed_by uuid references tidegate.person,
  note text,
  content_hash text,
  constraint emergency_review_of_one_grant unique (grant_id),
  constraint emergency_review_closed_by_another
    check (closed_by is null or (closed_by <> person_id and closed_by is distinct from behind_id)),
  constraint emergency_review_closed_whole check ((state = 'closed') = (num_nonnulls(closed_at, closed_by, note, content_hash) = 4)),
  constraint emergency_review_of_a_version foreign key (flow_id, flow_version)
    references tidegate.approval_flow_version (flow_id, version)
);
create unique index emergency_review_one_open on tidegate.emergency_review (person_id) where state = 'open';
