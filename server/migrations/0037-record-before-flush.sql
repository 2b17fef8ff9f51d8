-- Who adds to the record waits for the disk, but nobody waits for his waiting: the chain is free again as soon as the events
-- have their places. Before, its row was locked until they were on disk.

-- Commits without waiting for the disk, which frees what is locked, and leaves the waiting to the caller's own commit.
-- Whoever writes after this comes after it on disk too. To be called last, outside a transaction.
create procedure tidegate.commit_before_flush() language plpgsql as $$
begin
  set local synchronous_commit = off;
  commit;
  -- A transaction that has written something is on disk, with all before it, when its commit answers.
  perform pg_logical_emit_message(true, 'tidegate', '');
end $$;

create procedure tidegate.record_audit_events(chain_writer text, events jsonb) language plpgsql as $$
begin
  perform tidegate.append_audit_events(chain_writer, events);
  call tidegate.commit_before_flush();
end $$;

-- The statements of a jsonb array, each with its encoded event: a row and an event for those whose session is open.
-- Sessions that are being changed at this moment are left out, unless it `waits` and sees what they have become.
-- `started` says which, and whether the session's account is behind its ledger with no failed attempt.
create procedure tidegate.begin_statements(chain_writer text, statements jsonb, waits boolean, inout started jsonb)
language plpgsql as $$
declare
  events jsonb;
begin
  with wanted as (
    select * from rows from (jsonb_to_recordset(statements) as ("statementId" uuid, "sessionId" uuid, "personId" uuid,
      "databaseId" uuid, text text, kind text, tables text[], "grantIds" uuid[], event jsonb)) with ordinality
      as w("statementId", "sessionId", "personId", "databaseId", text, kind, tables, "grantIds", event, n)
  ), live as (
    update tidegate.session set last_used_at = tidegate.now()
    where id in (select "sessionId" from wanted) and state = 'open' and (waits or id in (
      select id from tidegate.session where id in (select "sessionId" from wanted) for no key update skip locked))
    returning id, account_id
  ), row as (
    insert into tidegate.statement
      (id, session_id, person_id, database_id, text, kind, state, tables, grant_ids, started_at)
    select "statementId", "sessionId", "personId", "databaseId", text, kind, 'started', tables, "grantIds",
      tidegate.now()
    from wanted join live on live.id = "sessionId" returning id, started_at
  )
  select jsonb_agg(event order by n), jsonb_agg(jsonb_build_object('id', row.id, 'at', row.started_at,
      'isBehind', account.dirty_at is not null and account.next_attempt_at is null))
    into events, started
  from wanted join row on row.id = "statementId" join live on live.id = "sessionId"
  left join tidegate.database_account account on account.id = live.account_id;
  if events is not null then
    perform tidegate.append_audit_events(chain_writer, events);
    call tidegate.commit_before_flush();
  end if;
end $$;

-- The ends of a jsonb array, each with its encoded event, recorded also for statements that were given up as `unknown`.
create procedure tidegate.end_statements(chain_writer text, ends jsonb) language plpgsql as $$
begin
  update tidegate.statement set state = done.state, finished_at = tidegate.now(), rows = done.rows,
    affected_rows = done."affectedRows", error_code = done."errorCode", error_message = done."errorMessage"
  from jsonb_to_recordset(ends) as done("statementId" uuid, state text, rows double precision,
    "affectedRows" double precision, "errorCode" text, "errorMessage" text)
  where statement.id = done."statementId" and statement.state = 'started';
  perform tidegate.append_audit_events(chain_writer, (select jsonb_agg(e -> 'event') from jsonb_array_elements(ends) e));
  call tidegate.commit_before_flush();
end $$;
