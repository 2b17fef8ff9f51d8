-- Before each statement the items of a person's rows on one database are looked up: those on other databases are not read.
create index access_grant_item_place on tidegate.access_grant_item (grant_id, database_id);
drop index tidegate.access_grant_item_grant;
