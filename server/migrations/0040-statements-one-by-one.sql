-- One statement after the other, each found by its keys. As joins of a whole batch the plans were made for a hundred
-- statements, read tables and indexes from end to end, and became slower with every statement on record.

-- The statements of a jsonb array, each with its encoded event: a row and an event for those whose session is open.
-- Sessions that are being changed at this moment are left out, unless it `waits` and sees what they have become.
-- `started` says which, and whether the session's account is behind its ledger with no failed attempt.
create or replace procedure tidegate.begin_statements(chain_writer text, statements jsonb, waits boolean, inout started jsonb)
language plpgsql as $$
declare
  wanted record;
  account uuid;
  began_at timestamptz;
  is_behind boolean;
  events jsonb := '[]';
begin
  started := '[]';
  for wanted in
    select * from jsonb_to_recordset(statements) as w("statementId" uuid, "sessionId" uuid, "personId" uuid,
      "databaseId" uuid, text text, kind text, tables text[], "grantIds" uuid[], event jsonb)
  loop
    if not waits then
      perform from tidegate.session where id = wanted."sessionId" for no key update skip locked;
      continue when not found;
    end if;
    update tidegate.session set last_used_at = tidegate.now() where id = wanted."sessionId" and state = 'open'
      returning account_id into account;
    continue when not found;
    insert into tidegate.statement
      (id, session_id, person_id, database_id, text, kind, state, tables, grant_ids, started_at)
    values (wanted."statementId", wanted."sessionId", wanted."personId", wanted."databaseId", wanted.text, wanted.kind,
      'started', wanted.tables, wanted."grantIds", tidegate.now()) returning started_at into began_at;
    select dirty_at is not null and next_attempt_at is null into is_behind from tidegate.database_account where id = account;
    events := events || wanted.event;
    started := started || jsonb_build_object('id', wanted."statementId", 'at', began_at, 'isBehind', is_behind);
  end loop;
  if events <> '[]' then
    perform tidegate.append_audit_events(chain_writer, events);
    call tidegate.commit_before_flush();
  end if;
end $$;

-- The ends of a jsonb array, each with its encoded event, recorded also for statements that were given up as `unknown`.
create or replace procedure tidegate.end_statements(chain_writer text, ends jsonb) language plpgsql as $$
declare
  done record;
  events jsonb := '[]';
begin
  for done in
    select * from jsonb_to_recordset(ends) as e("statementId" uuid, state text, rows double precision,
      "affectedRows" double precision, "errorCode" text, "errorMessage" text, event jsonb)
  loop
    update tidegate.statement set state = done.state, finished_at = tidegate.now(), rows = done.rows,
      affected_rows = done."affectedRows", error_code = done."errorCode", error_message = done."errorMessage"
    where id = done."statementId" and state = 'started';
    events := events || done.event;
  end loop;
  perform tidegate.append_audit_events(chain_writer, events);
  call tidegate.commit_before_flush();
end $$;
