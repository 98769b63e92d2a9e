-- What names of payloads outside of the database are salted with: made once, and kept for as long as anything lies under such a name.
create table if not exists ledger.payload_names (
  only_row boolean primary key default true check (only_row),
  salt     bytea   not null
);

insert into ledger.payload_names (salt) values (uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())) on conflict do nothing;
