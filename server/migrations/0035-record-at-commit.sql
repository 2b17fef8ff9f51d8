-- What a change records takes its place in the chain when the change is committed, not before: a long change, of hundreds
-- of people at once, would else hold up the statements and closures of everybody until then.

-- Never holds anything after a commit, and needs no protection against a crash.
create unlogged table tidegate.audit_waiting (
  id bigint generated always as identity primary key,
  writer text not null,
  events jsonb not null
);

create function tidegate.append_waiting_audit_events() returns trigger language plpgsql as $$
begin
  delete from tidegate.audit_waiting where id = new.id;
  perform tidegate.append_audit_events(new.writer, new.events);
  return null;
end $$;

create constraint trigger audit_waiting_until_commit after insert on tidegate.audit_waiting
  deferrable initially deferred for each row execute function tidegate.append_waiting_audit_events();
