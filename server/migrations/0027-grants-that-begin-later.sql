-- Rows that begin later than they were made: looked for each second.
create index access_grant_begins on tidegate.access_grant (starts_at) where closing_at is null and starts_at > created_at;
