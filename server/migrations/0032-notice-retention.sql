-- What is old enough to be removed is found without reading the rest.
create index notice_read on tidegate.notice (read_at) where read_at is not null;
create index notice_outbox_at on tidegate.notice_outbox (at);
