-- Whether a session that a server lists was opened here.
create index session_backend on tidegate.session (account_id, backend_id);
