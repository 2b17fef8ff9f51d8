-- Scopes are by name, and remember which relation had the name. Findings of the sweep. Names that a project hides.

-- Whether two readings speak of one relation. An identity is `first#second`: the OID on PostgreSQL (no second); on MySQL
-- the time of creation, which every ALTER TABLE renews, and the storage engine's own number, which only a rebuild renews.
create function tidegate.is_same_relation(one text, other text) returns boolean language sql immutable as $$
  select case when split_part(one, '#', 2) = '' or split_part(other, '#', 2) = ''
    then split_part(one, '#', 1) = split_part(other, '#', 1) else split_part(one, '#', 2) = split_part(other, '#', 2) end
$$;

-- When this relation was first seen under its name.
alter table tidegate.relation add column since timestamptz not null default clock_timestamp();

-- For a table: the relation that was granted. Lost: something else has its name, or nothing has.
alter table tidegate.access_grant_item add column identity text;
alter table tidegate.access_grant_item add column lost_at timestamptz;
create index access_grant_item_lost on tidegate.access_grant_item (grant_id) where lost_at is not null;

-- Whoever writes an item, what it names is remembered.
create function tidegate.access_grant_item_remembers() returns trigger language plpgsql as $$
begin
  if new.table_name is not null and new.identity is null then
    new.identity := (select identity from tidegate.relation where database_id = new.database_id
      and schema_name = coalesce(new.schema_name, '') and name = new.table_name);
  end if;
  return new;
end $$;
create trigger access_grant_item_remembers before insert on tidegate.access_grant_item
  for each row execute function tidegate.access_grant_item_remembers();

-- On MySQL identities were spelled otherwise before: what has the name at the next reading is taken for what was granted.
update tidegate.access_grant_item item set identity = relation.identity
  from tidegate.relation, tidegate.database, tidegate.instance
  where item.table_name is not null and relation.database_id = item.database_id
    and relation.schema_name = coalesce(item.schema_name, '') and relation.name = item.table_name
    and database.id = item.database_id and instance.id = database.instance_id and instance.engine = 'postgresql';

-- What the sweep found at a server that nobody of ours had done, and what was done about it.
create table tidegate.instance_finding (
  id bigint generated always as identity primary key,
  instance_id uuid not null references tidegate.instance on delete cascade,
  account_id uuid references tidegate.database_account on delete cascade,
  account_name text not null,
  kind text not null constraint instance_finding_known check (kind in ('drift', 'orphan', 'owned')),
  what text not null,
  found_at timestamptz not null default clock_timestamp(),
  -- Null while nothing has been done yet.
  action text,
  done_at timestamptz,
  constraint instance_finding_done_has_action check ((action is null) = (done_at is null))
);
create index instance_finding_latest on tidegate.instance_finding (instance_id, id desc);
create index instance_finding_open on tidegate.instance_finding (account_id) where done_at is null;

-- Members see only the names of what they were granted.
alter table tidegate.project add column hides_names boolean not null default false;
