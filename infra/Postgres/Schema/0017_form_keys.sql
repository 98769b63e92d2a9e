-- Keys of the tokens in the console's forms, the same for all programs on this database, and still there after a restart. Each is encrypted under a key of its
-- own, which is wrapped by the key provider.
create table if not exists ledger.form_keys (
  name text primary key,
  wrapped_key bytea not null,
  body bytea not null,
  stored_at timestamptz not null default now()
);
