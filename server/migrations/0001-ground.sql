-- The metadata store. Constraints carry the name of the rule they keep.
-- `tidegate` is the only schema; the migration runner makes it before this file runs.

-- One clock. Nothing else decides whether access is in force. Test builds replace the function.
create function tidegate.now() returns timestamptz language sql volatile as 'select clock_timestamp()';

create table tidegate.setting (
  key text primary key,
  value jsonb not null,
  updated_at timestamptz not null default clock_timestamp()
);

-- ------------------------------------------------------------------ identity

create table tidegate.person (
  id uuid primary key default gen_random_uuid(),
  name text not null,
  email text not null,
  password_hash text,
  must_change_password boolean not null default false,
  state text not null default 'active' constraint person_state_known check (state in ('invited', 'active', 'deactivated')),
  is_sample boolean not null default false,
  created_at timestamptz not null default clock_timestamp(),
  last_seen_at timestamptz,
  constraint person_email_lower check (email = lower(email))
);
create unique index person_email_unique on tidegate.person (email);

create table tidegate.person_group (
  id uuid primary key default gen_random_uuid(),
  name text not null,
  created_at timestamptz not null default clock_timestamp()
);
create unique index person_group_name_unique on tidegate.person_group (lower(name));

create table tidegate.group_member (
  group_id uuid not null references tidegate.person_group on delete cascade,
  person_id uuid not null references tidegate.person,
  added_at timestamptz not null default clock_timestamp(),
  primary key (group_id, person_id)
);
create index group_member_person on tidegate.group_member (person_id);

-- Workspace roles, and project roles held in every project.
create table tidegate.workspace_role (
  id uuid primary key default gen_random_uuid(),
  role text not null,
  person_id uuid references tidegate.person,
  group_id uuid references tidegate.person_group on delete cascade,
  added_by uuid references tidegate.person,
  added_at timestamptz not null default clock_timestamp(),
  constraint workspace_role_one_holder check (num_nonnulls(person_id, group_id) = 1)
);
create unique index workspace_role_person_once on tidegate.workspace_role (person_id, role) where person_id is not null;
create unique index workspace_role_group_once on tidegate.workspace_role (group_id, role) where group_id is not null;

-- A browser session: only the hash of its random id is kept.
create table tidegate.sign_in (
  id_hash text primary key,
  person_id uuid not null references tidegate.person,
  -- The administrator behind it, while he continues as the sample person.
  admin_person_id uuid references tidegate.person,
  created_at timestamptz not null default clock_timestamp(),
  last_seen_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null,
  address text not null
);
create index sign_in_person on tidegate.sign_in (person_id);

create table tidegate.invitation (
  token_hash text primary key,
  person_id uuid not null references tidegate.person,
  created_by uuid not null references tidegate.person,
  created_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null,
  used_at timestamptz
);

-- Failed sign-ins, counted for each account and address; the shape is that of rate-limiter-flexible.
create table tidegate.sign_in_attempt (
  key varchar(255) primary key,
  points integer not null default 0,
  expire bigint
);

-- ------------------------------------------------------------------ audit

-- One chain for each writer: sequence and hash of its last event.
create table tidegate.audit_chain (
  writer text primary key,
  last_sequence bigint not null,
  last_hash text not null
);

create table tidegate.audit_event (
  id uuid primary key default gen_random_uuid(),
  writer text not null references tidegate.audit_chain,
  sequence bigint not null,
  at timestamptz not null,
  kind text not null,
  -- No foreign keys: the record outlives what it speaks of.
  actor_id uuid,
  on_behalf_of_id uuid,
  project_id uuid,
  instance_id uuid,
  database_id uuid,
  request_id uuid,
  grant_id uuid,
  session_id uuid,
  statement_id uuid,
  -- Names as they were then, and all that the kind carries.
  data jsonb not null,
  previous_hash text not null,
  hash text not null,
  constraint audit_event_sequence_once unique (writer, sequence)
);
create index audit_event_at on tidegate.audit_event (at desc);
create index audit_event_actor on tidegate.audit_event (actor_id, at desc);
create index audit_event_project on tidegate.audit_event (project_id, at desc);
create index audit_event_database on tidegate.audit_event (database_id, at desc);
create index audit_event_grant on tidegate.audit_event (grant_id, at desc);
create index audit_event_kind on tidegate.audit_event (kind, at desc);

create function tidegate.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation';
end $$;
create trigger audit_event_append_only before update or delete on tidegate.audit_event
  for each row execute function tidegate.refuse_change();
create trigger audit_event_no_truncate before truncate on tidegate.audit_event
  for each statement execute function tidegate.refuse_change();

-- Adds events to a writer's chain, in one call, because every statement of every person waits for it. Locks the chain
-- until commit: events of one chain are committed in their order. `contentHash` of each event is the SHA-256 of its
-- canonical JSON (made by the server, remade by whoever verifies); `hash` covers it with the event's place in the chain.
create function tidegate.append_audit_events(chain_writer text, events jsonb) returns void language plpgsql as $$
declare
  chain tidegate.audit_chain;
  event jsonb;
  event_at timestamptz;
  event_previous text;
begin
  select * into chain from tidegate.audit_chain where writer = chain_writer for update;
  if not found then
    insert into tidegate.audit_chain (writer, last_sequence, last_hash) values (chain_writer, 0, repeat('0', 64))
      on conflict (writer) do nothing;
    select * into strict chain from tidegate.audit_chain where writer = chain_writer for update;
  end if;
  for event in select value from jsonb_array_elements(events) loop
    event_at := tidegate.now();
    event_previous := chain.last_hash;
    chain.last_sequence := chain.last_sequence + 1;
    chain.last_hash := encode(sha256(convert_to(format(
      '{"at":"%s","content":"%s","previous":"%s","sequence":%s,"writer":"%s"}',
      to_char(event_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
      event ->> 'contentHash', event_previous, chain.last_sequence, chain_writer), 'UTF8')), 'hex');
    insert into tidegate.audit_event (writer, sequence, at, kind, actor_id, on_behalf_of_id, project_id, instance_id,
      database_id, request_id, grant_id, session_id, statement_id, data, previous_hash, hash)
    values (chain_writer, chain.last_sequence, event_at, event ->> 'kind', (event ->> 'actorId')::uuid,
      (event ->> 'onBehalfOfId')::uuid, (event ->> 'projectId')::uuid, (event ->> 'instanceId')::uuid,
      (event ->> 'databaseId')::uuid, (event ->> 'requestId')::uuid, (event ->> 'grantId')::uuid,
      (event ->> 'sessionId')::uuid, (event ->> 'statementId')::uuid, event -> 'data', event_previous, chain.last_hash);
  end loop;
  update tidegate.audit_chain set last_sequence = chain.last_sequence, last_hash = chain.last_hash
    where writer = chain_writer;
end $$;

-- ------------------------------------------------------------------ inventory

create table tidegate.environment (
  id uuid primary key default gen_random_uuid(),
  name text not null,
  color text not null,
  is_protected boolean not null default false,
  allows_read_by_role boolean not null default true,
  position integer not null
);
create unique index environment_name_unique on tidegate.environment (lower(name));
insert into tidegate.environment (name, color, is_protected, position) values ('Test', 'blue', false, 1), ('Prod', 'red', true, 2);

create table tidegate.instance (
  id uuid primary key default gen_random_uuid(),
  -- Four characters, part of every account's name there.
  short_id text not null constraint instance_short_id_shape check (short_id ~ '^[a-z0-9]{4}$'),
  title text not null,
  environment_id uuid not null references tidegate.environment,
  engine text not null constraint instance_engine_known check (engine in ('postgresql', 'mysql', 'mariadb')),
  host text not null,
  port integer not null,
  user_name text not null,
  connection_method text not null default 'password',
  password_sealed text,
  tls_mode text not null,
  tls_ca text,
  server_identity text,
  version text,
  is_sample boolean not null default false,
  sync_state text not null default 'never',
  synced_at timestamptz,
  sync_message text,
  capability_state text not null default 'unknown',
  capability_at timestamptz,
  capability_findings jsonb not null default '[]',
  created_at timestamptz not null default clock_timestamp(),
  -- Set while it is being unregistered: nothing opens, all is closed.
  unregistering_at timestamptz,
  -- All access was closed and proven. The row stays without its secret, because the record and the ledger speak of it;
  -- its short id is never given again.
  unregistered_at timestamptz,
  constraint instance_unregistered_after_closing check (unregistered_at is null or unregistering_at is not null)
);
create unique index instance_title_unique on tidegate.instance (lower(title)) where unregistered_at is null;
create unique index instance_short_id_unique on tidegate.instance (short_id);
create unique index instance_same_server_once on tidegate.instance (server_identity) where unregistered_at is null;

create table tidegate.project (
  id uuid primary key default gen_random_uuid(),
  name text not null,
  state text not null default 'active' constraint project_state_known check (state in ('active', 'archived')),
  is_sample boolean not null default false,
  created_by uuid references tidegate.person,
  created_at timestamptz not null default clock_timestamp()
);
create unique index project_name_unique on tidegate.project (lower(name));

create table tidegate.database (
  id uuid primary key default gen_random_uuid(),
  instance_id uuid not null references tidegate.instance on delete cascade,
  name text not null,
  -- Overrides the instance's.
  environment_id uuid references tidegate.environment,
  project_id uuid references tidegate.project,
  synced_at timestamptz,
  -- No longer on the server; kept because the record and the ledger speak of it.
  vanished_at timestamptz,
  constraint database_name_once unique (instance_id, name)
);
create index database_project on tidegate.database (project_id);

create table tidegate.relation (
  id uuid primary key default gen_random_uuid(),
  database_id uuid not null references tidegate.database on delete cascade,
  schema_name text not null,
  name text not null,
  kind text not null,
  identity text not null,
  estimated_rows double precision,
  columns jsonb not null,
  primary_key jsonb not null default '[]',
  foreign_keys jsonb not null default '[]',
  indexes jsonb not null default '[]',
  constraint relation_name_once unique (database_id, schema_name, name)
);

create table tidegate.routine (
  database_id uuid not null references tidegate.database on delete cascade,
  schema_name text not null,
  name text not null,
  kind text not null
);
create index routine_database on tidegate.routine (database_id);

create table tidegate.project_member (
  id uuid primary key default gen_random_uuid(),
  project_id uuid not null references tidegate.project,
  role text not null,
  person_id uuid references tidegate.person,
  group_id uuid references tidegate.person_group on delete cascade,
  expires_at timestamptz,
  added_by uuid references tidegate.person,
  added_at timestamptz not null default clock_timestamp(),
  constraint project_member_one_holder check (num_nonnulls(person_id, group_id) = 1)
);
create index project_member_project on tidegate.project_member (project_id);
create index project_member_person on tidegate.project_member (person_id);
create index project_member_group on tidegate.project_member (group_id);

-- ------------------------------------------------------------------ access requests

create sequence tidegate.access_request_number;
create table tidegate.access_request (
  id uuid primary key default gen_random_uuid(),
  number integer not null default nextval('tidegate.access_request_number'),
  project_id uuid not null references tidegate.project,
  requester_id uuid not null references tidegate.person,
  state text not null default 'pending'
    constraint access_request_state_known check (state in ('pending', 'approved', 'rejected', 'withdrawn', 'expired')),
  scope jsonb not null,
  privileges text[] not null,
  reason text not null,
  expiry jsonb not null,
  statement_text text,
  content_hash text not null,
  created_at timestamptz not null default clock_timestamp(),
  decided_at timestamptz
);
create unique index access_request_number_unique on tidegate.access_request (number);
create index access_request_project on tidegate.access_request (project_id, state, created_at desc);
create index access_request_requester on tidegate.access_request (requester_id, created_at desc);

create table tidegate.decision (
  id uuid primary key default gen_random_uuid(),
  request_id uuid not null references tidegate.access_request,
  person_id uuid not null references tidegate.person,
  decision text not null constraint decision_known check (decision in ('approve', 'reject')),
  comment text not null,
  content_hash text not null,
  at timestamptz not null,
  constraint decision_once_a_person unique (request_id, person_id)
);
create trigger decision_append_only before update or delete on tidegate.decision
  for each row execute function tidegate.refuse_change();

-- ------------------------------------------------------------------ the ledger

create table tidegate.access_grant (
  id uuid primary key default gen_random_uuid(),
  source text not null constraint access_grant_source_known check (source in ('request', 'membership', 'role', 'emergency')),
  person_id uuid references tidegate.person,
  group_id uuid references tidegate.person_group on delete set null,
  -- The group's name outlives the group.
  group_name text,
  -- Null: every project (a project role held workspace-wide), or a `role` row on a database without a project.
  project_id uuid references tidegate.project,
  request_id uuid references tidegate.access_request,
  -- The membership that owns the row; no foreign key, the row outlives it.
  project_member_id uuid,
  workspace_role_id uuid,
  -- For `membership`: the role; for `role`: the role by which the person reads.
  role text,
  -- True: all databases of the project, or with project_id null all databases that are in any project.
  covers_all_databases boolean not null default false,
  privileges text[] not null
    constraint access_grant_privileges_known check (cardinality(privileges) > 0 and privileges <@ array['read', 'write', 'export']),
  reason text not null default '',
  granted_by uuid references tidegate.person,
  created_at timestamptz not null default clock_timestamp(),
  starts_at timestamptz not null,
  expires_at timestamptz,
  -- The latch: committed before anything is ended; never null again.
  closing_at timestamptz,
  end_kind text,
  end_by uuid references tidegate.person,
  end_note text,
  -- The check has passed everywhere: closed.
  ended_at timestamptz,
  constraint access_grant_one_holder check (num_nonnulls(person_id, group_id, group_name) between 1 and 2 and not (person_id is not null and group_name is not null)),
  constraint access_grant_ends_after_start check (expires_at is null or expires_at > starts_at),
  constraint access_grant_closing_has_kind check ((closing_at is null) = (end_kind is null)),
  constraint access_grant_ended_after_closing check (ended_at is null or closing_at is not null),
  constraint access_grant_one_per_request unique (request_id)
);
create index access_grant_person_live on tidegate.access_grant (person_id) where closing_at is null;
create index access_grant_group_live on tidegate.access_grant (group_id) where closing_at is null;
create index access_grant_project on tidegate.access_grant (project_id);
create index access_grant_due on tidegate.access_grant (expires_at) where closing_at is null and expires_at is not null;
create index access_grant_closing on tidegate.access_grant (closing_at) where closing_at is not null and ended_at is null;
create index access_grant_member on tidegate.access_grant (project_member_id) where closing_at is null;

create function tidegate.access_grant_end_latches() returns trigger language plpgsql as $$
begin
  if old.closing_at is not null and new.closing_at is distinct from old.closing_at then
    raise exception 'the end of a grant latches' using errcode = 'restrict_violation', constraint = 'access_grant_end_latches';
  end if;
  if old.ended_at is not null and new.ended_at is distinct from old.ended_at then
    raise exception 'the end of a grant latches' using errcode = 'restrict_violation', constraint = 'access_grant_end_latches';
  end if;
  if (new.source, new.person_id, new.project_id, new.request_id, new.privileges, new.covers_all_databases, new.starts_at)
     is distinct from (old.source, old.person_id, old.project_id, old.request_id, old.privileges, old.covers_all_databases, old.starts_at) then
    raise exception 'what a grant gives is fixed' using errcode = 'restrict_violation', constraint = 'access_grant_fixed';
  end if;
  return new;
end $$;
create trigger access_grant_end_latches before update on tidegate.access_grant
  for each row execute function tidegate.access_grant_end_latches();

-- What a row covers beyond `covers_all_databases`. No table: the whole schema; no schema: the whole database.
create table tidegate.access_grant_item (
  grant_id uuid not null references tidegate.access_grant on delete cascade,
  database_id uuid not null references tidegate.database,
  schema_name text,
  table_name text,
  constraint access_grant_item_table_has_schema check (table_name is null or schema_name is not null)
);
create index access_grant_item_grant on tidegate.access_grant_item (grant_id);
create index access_grant_item_database on tidegate.access_grant_item (database_id);

-- ------------------------------------------------------------------ accounts and closure

create table tidegate.database_account (
  id uuid primary key default gen_random_uuid(),
  person_id uuid not null references tidegate.person,
  instance_id uuid not null references tidegate.instance on delete cascade,
  name text not null,
  password_sealed text,
  state text not null default 'live' constraint database_account_state_known check (state in ('live', 'dropped')),
  -- Something that bears on it has changed since it was last made to match the ledger; counted, so that a change
  -- during that work is not taken for done with it.
  dirty_at timestamptz,
  dirty_count integer not null default 0,
  -- Names of databases where something is being taken away and sessions have to be ended, noted before it begins, so
  -- that whoever finishes the work after a crash knows; null: nowhere.
  reduced_databases text[],
  attempts integer not null default 0,
  next_attempt_at timestamptz,
  last_error text,
  created_at timestamptz not null default clock_timestamp(),
  dropped_at timestamptz
);
create unique index database_account_one_live on tidegate.database_account (person_id, instance_id) where state = 'live';
create unique index database_account_name_unique on tidegate.database_account (instance_id, name);
create index database_account_dirty on tidegate.database_account (instance_id, dirty_at) where dirty_at is not null;

-- The accounts that had to be brought in line before a grant counts as closed.
create table tidegate.closure_target (
  grant_id uuid not null references tidegate.access_grant,
  account_id uuid not null references tidegate.database_account on delete cascade,
  done_at timestamptz,
  primary key (grant_id, account_id)
);
create index closure_target_open on tidegate.closure_target (account_id) where done_at is null;

create table tidegate.closure_step (
  id bigint generated always as identity primary key,
  grant_id uuid not null references tidegate.access_grant,
  person_id uuid,
  instance_id uuid,
  account_name text,
  step text not null constraint closure_step_known check (step in ('block', 'end', 'revoke', 'drop', 'check')),
  ok boolean not null,
  summary text not null,
  details jsonb not null default '{}',
  at timestamptz not null
);
create index closure_step_grant on tidegate.closure_step (grant_id, id);
create trigger closure_step_append_only before update or delete on tidegate.closure_step
  for each row execute function tidegate.refuse_change();

-- ------------------------------------------------------------------ sessions and statements

create table tidegate.session (
  id uuid primary key default gen_random_uuid(),
  person_id uuid not null references tidegate.person,
  database_id uuid not null references tidegate.database,
  account_id uuid references tidegate.database_account on delete set null,
  account_name text,
  -- The server process that holds the connection.
  server_id text not null,
  backend_id text,
  state text not null default 'opening' constraint session_state_known check (state in ('opening', 'open', 'ended')),
  opened_at timestamptz not null,
  last_used_at timestamptz not null,
  ended_at timestamptz,
  end_reason text,
  constraint session_end_has_reason check ((state = 'ended') = (ended_at is not null and end_reason is not null))
);
create index session_live_person on tidegate.session (person_id) where state <> 'ended';
create index session_live_account on tidegate.session (account_id) where state <> 'ended';
create index session_live_database on tidegate.session (database_id) where state <> 'ended';

create table tidegate.statement (
  id uuid primary key default gen_random_uuid(),
  session_id uuid not null references tidegate.session,
  person_id uuid not null references tidegate.person,
  database_id uuid not null references tidegate.database,
  text text not null,
  kind text,
  state text not null constraint statement_state_known check (state in ('started', 'succeeded', 'failed', 'cancelled', 'ended', 'unknown')),
  -- `schema.table` names as analysed; null where analysis was not sure.
  tables text[],
  grant_ids uuid[] not null,
  started_at timestamptz not null,
  finished_at timestamptz,
  rows double precision,
  affected_rows double precision,
  error_code text,
  error_message text
);
create index statement_session on tidegate.statement (session_id, started_at desc);
create index statement_running on tidegate.statement (session_id) where state = 'started';
create index statement_grants on tidegate.statement using gin (grant_ids);
create index statement_person on tidegate.statement (person_id, started_at desc);
