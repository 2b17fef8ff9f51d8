-- Which rules are in force, as one value that is another after every change: whoever has read a thousand rules under it
-- need not read them again. Kept by triggers, so that no path of the code can forget it.
create table tidegate.risk_revision (
  is_only boolean primary key default true constraint risk_revision_one check (is_only),
  token uuid not null default gen_random_uuid()
);
insert into tidegate.risk_revision default values;

create function tidegate.risk_rules_changed() returns trigger language plpgsql as $$
begin
  update tidegate.risk_revision set token = gen_random_uuid();
  return null;
end $$;
-- What marks a faulty rule changes nothing of what it says.
create trigger risk_rule_revision after insert or delete or update of source, position, is_on, version, deleted_at
  on tidegate.risk_rule for each statement execute function tidegate.risk_rules_changed();
create trigger risk_rule_version_revision after insert on tidegate.risk_rule_version
  for each statement execute function tidegate.risk_rules_changed();
