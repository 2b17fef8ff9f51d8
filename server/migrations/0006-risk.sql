-- Risk rules, what they said of requests, and the labels of tables and columns.

-- A rule: its place, whether it is on, and which version holds. What it says is in its versions.
create table tidegate.risk_rule (
  id uuid primary key default gen_random_uuid(),
  source text not null constraint risk_rule_source_known check (source in ('read', 'write', 'export', 'emergency')),
  position integer not null,
  is_on boolean not null default true,
  version integer not null default 1,
  -- It could not be evaluated, when, and why; cleared by its next version.
  fault text,
  faulted_at timestamptz,
  created_at timestamptz not null default clock_timestamp(),
  -- Evaluations speak of it: it is never removed.
  deleted_at timestamptz
);
create index risk_rule_source on tidegate.risk_rule (source, position) where deleted_at is null;

create table tidegate.risk_rule_version (
  id uuid primary key default gen_random_uuid(),
  rule_id uuid not null references tidegate.risk_rule,
  version integer not null,
  name text not null,
  -- CEL.
  condition text not null,
  level text not null constraint risk_rule_version_level_known check (level in ('low', 'moderate', 'high')),
  -- Null: came with Tidegate.
  created_by uuid references tidegate.person,
  created_at timestamptz not null default clock_timestamp(),
  constraint risk_rule_version_once unique (rule_id, version)
);
create trigger risk_rule_version_append_only before update or delete on tidegate.risk_rule_version
  for each row execute function tidegate.refuse_change();
create trigger risk_rule_version_no_truncate before truncate on tidegate.risk_rule_version
  for each statement execute function tidegate.refuse_change();

-- What the rules said of one source of a request, with everything needed to say it again. A request that is looked at
-- again, because it was changed, gets another round; the last one counts.
create table tidegate.risk_evaluation (
  id uuid primary key default gen_random_uuid(),
  request_id uuid not null references tidegate.access_request,
  round integer not null,
  source text not null constraint risk_evaluation_source_known check (source in ('read', 'write', 'export', 'emergency')),
  -- Null: no rule matched, nothing is allowed.
  level text constraint risk_evaluation_level_known check (level in ('low', 'moderate', 'high')),
  -- The version of the rule that fired; null where none did.
  rule_version_id uuid references tidegate.risk_rule_version,
  -- The versions that were considered, in their order.
  considered uuid[] not null,
  is_faulty boolean not null,
  reason text not null,
  inputs jsonb not null,
  at timestamptz not null,
  constraint risk_evaluation_once unique (request_id, round, source)
);
create index risk_evaluation_at on tidegate.risk_evaluation (at desc);
create trigger risk_evaluation_append_only before update or delete on tidegate.risk_evaluation
  for each row execute function tidegate.refuse_change();

-- Labels set by a person, or confirmed by one. By name: they stay when a table is read anew or made again.
create table tidegate.data_label (
  id uuid primary key default gen_random_uuid(),
  database_id uuid not null references tidegate.database on delete cascade,
  schema_name text not null,
  table_name text not null,
  -- '' for a label of the table itself.
  column_name text not null default '',
  label text not null constraint data_label_shape check (label ~ '^[a-z][a-z0-9_-]{0,39}$'),
  origin text not null constraint data_label_origin_known check (origin in ('hand', 'suggestion')),
  added_by uuid references tidegate.person,
  added_at timestamptz not null default clock_timestamp(),
  constraint data_label_once unique (database_id, schema_name, table_name, column_name, label)
);

-- Labels by name pattern: whatever bears such a name has the label, also what comes later.
create table tidegate.label_pattern (
  id uuid primary key default gen_random_uuid(),
  -- Null: in every database.
  project_id uuid references tidegate.project,
  target text not null constraint label_pattern_target_known check (target in ('table', 'column')),
  -- `*` stands for any characters; case does not count.
  pattern text not null,
  label text not null constraint label_pattern_shape check (label ~ '^[a-z][a-z0-9_-]{0,39}$'),
  added_by uuid references tidegate.person,
  added_at timestamptz not null default clock_timestamp()
);
create unique index label_pattern_once on tidegate.label_pattern
  (coalesce(project_id, '00000000-0000-0000-0000-000000000000'), target, lower(pattern), label);

-- One rule for each source, so that every request has a level from the start. Without a rule that matches: no access.
with rule as (
  insert into tidegate.risk_rule (source, position)
  values ('read', 1), ('write', 1), ('export', 1), ('emergency', 1)
  returning id, source
)
insert into tidegate.risk_rule_version (rule_id, version, name, condition, level)
select id, 1, 'Everything else', 'true',
  case source when 'read' then 'low' when 'emergency' then 'high' else 'moderate' end
from rule;
