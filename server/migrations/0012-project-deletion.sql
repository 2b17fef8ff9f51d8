-- A project is deleted once every closure has passed. The row stays: the ledger and the record speak of it.
alter table tidegate.project add column deleted_at timestamptz
  constraint project_deleted_after_archiving check (deleted_at is null or state = 'archived');
drop index tidegate.project_name_unique;
create unique index project_name_unique on tidegate.project (lower(name)) where deleted_at is null;
