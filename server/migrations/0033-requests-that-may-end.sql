-- The few that time alone can end, looked at whenever requests are read: not all that wait.
create index access_request_may_end on tidegate.access_request (id)
  where state in ('pending', 'changes_wanted') and (expiry->>'kind' = 'at' or amends_grant_id is not null);
