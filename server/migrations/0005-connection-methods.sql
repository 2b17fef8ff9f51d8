-- How the connecting user of an instance proves who it is. `connection_method` names a file in connection-methods/;
-- what that method keeps in the open is in its own shape, its secret sealed for `instance:<id>:method-secret`.
-- A password stays in password_sealed.
alter table tidegate.instance
  add column connection_settings jsonb not null default '{}',
  add column method_secret_sealed text,
  -- No method but the password has one: a change of method leaves none behind.
  add constraint instance_password_for_its_method
    check (connection_method = 'password' or password_sealed is null);
