-- Whether a session that a server lists was opened here.
create index session_backend on tidegate.session (account_id, backend_id);

-- Accounts are shut from now on but while a session is opened; those of before are not yet.
update tidegate.database_account set dirty_at = clock_timestamp(), dirty_count = dirty_count + 1, next_attempt_at = null
  where state = 'live';
