-- ------------------------------------------------------------------ amending a grant

alter table tidegate.access_grant
  -- The row that this one was added to: it shares its end, and ends with it.
  add column amends_grant_id uuid references tidegate.access_grant,
  -- The wider row that was ended in the same moment.
  add column replaces_grant_id uuid references tidegate.access_grant,
  -- The end of which the people concerned were told beforehand; another end is told again.
  add column end_noticed_for timestamptz,
  add constraint access_grant_replaced_once unique (replaces_grant_id),
  drop constraint access_grant_one_per_request;
create index access_grant_amends on tidegate.access_grant (amends_grant_id) where amends_grant_id is not null;
-- What is left after narrowing stands on the same request.
create unique index access_grant_one_per_request on tidegate.access_grant (request_id) where replaces_grant_id is null;
create index access_grant_request on tidegate.access_grant (request_id) where request_id is not null;

create or replace function tidegate.access_grant_end_latches() returns trigger language plpgsql as $$
begin
  if old.closing_at is not null and new.closing_at is distinct from old.closing_at then
    raise exception 'the end of a grant latches' using errcode = 'restrict_violation', constraint = 'access_grant_end_latches';
  end if;
  if old.closing_at is not null and new.expires_at is distinct from old.expires_at then
    raise exception 'the end of a grant latches' using errcode = 'restrict_violation', constraint = 'access_grant_end_latches';
  end if;
  if old.ended_at is not null and new.ended_at is distinct from old.ended_at then
    raise exception 'the end of a grant latches' using errcode = 'restrict_violation', constraint = 'access_grant_end_latches';
  end if;
  if (new.source, new.person_id, new.project_id, new.request_id, new.privileges, new.covers_all_databases, new.starts_at,
      new.replaces_grant_id)
     is distinct from (old.source, old.person_id, old.project_id, old.request_id, old.privileges, old.covers_all_databases,
      old.starts_at, old.replaces_grant_id) then
    raise exception 'what a grant gives is fixed' using errcode = 'restrict_violation', constraint = 'access_grant_fixed';
  end if;
  return new;
end $$;

-- ------------------------------------------------------------------ notices

-- What people have to be told, written in the transaction of what happened.
create table tidegate.notice_outbox (
  id uuid primary key default gen_random_uuid(),
  kind text not null,
  person_ids uuid[] not null,
  -- A sentence, and where there is more to say a second one; as they were then.
  sentence text not null,
  detail text,
  -- No foreign keys: what it speaks of may be gone when it is read.
  project_id uuid,
  request_id uuid,
  grant_id uuid,
  at timestamptz not null
);

-- Who passes notices on: the inbox; later mail and chat, each with a row of its own here.
create table tidegate.notice_reader (
  name text primary key
);
insert into tidegate.notice_reader (name) values ('inbox');

-- What a reader has still to do: a row for each notice and reader, gone once it is done. The clock here is the server's.
create table tidegate.notice_delivery (
  outbox_id uuid not null references tidegate.notice_outbox,
  reader text not null references tidegate.notice_reader on delete cascade,
  attempts integer not null default 0,
  next_attempt_at timestamptz not null default clock_timestamp(),
  last_error text,
  primary key (outbox_id, reader)
);
create index notice_delivery_waiting on tidegate.notice_delivery (reader, next_attempt_at);

-- A person's inbox.
create table tidegate.notice (
  id uuid primary key default gen_random_uuid(),
  outbox_id uuid not null references tidegate.notice_outbox,
  person_id uuid not null references tidegate.person,
  at timestamptz not null,
  read_at timestamptz,
  constraint notice_once_a_person unique (outbox_id, person_id)
);
create index notice_person on tidegate.notice (person_id, at desc);
create index notice_unread on tidegate.notice (person_id) where read_at is null;
