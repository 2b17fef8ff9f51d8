-- A session that nobody opened through Tidegate is told apart from what was changed by hand.
alter table tidegate.instance_finding drop constraint instance_finding_known;
alter table tidegate.instance_finding add constraint instance_finding_known
  check (kind in ('drift', 'stranger', 'orphan', 'owned'));
update tidegate.instance_finding set kind = 'stranger'
  where kind = 'drift' and what like '%that nobody opened through Tidegate%';
