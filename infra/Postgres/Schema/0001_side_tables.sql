-- What Marten does not have.

-- Filled by the append, emptied by the sealer: a queue, so it is vacuumed by the number of dead rows and not by its size.
create table if not exists ledger.unsealed (
  seq_id bigint primary key
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);

create table if not exists ledger.leaves (
  leaf_index bigint primary key,
  seq_id bigint not null unique
);

-- One row. Its lock is the sealer's lock.
create table if not exists ledger.seal_state (
  only_row boolean primary key default true check (only_row),
  size bigint not null check (size >= 0)
);

insert into ledger.seal_state (size) values (0) on conflict do nothing;

-- What came of each message, written in the transaction of its events.
create table if not exists ledger.inbox (
  tenant_id varchar not null,
  source varchar not null,
  message_id varchar not null,
  content_digest varchar not null,
  stream_id varchar not null,
  stream_version bigint not null,
  result jsonb not null,
  handled_at timestamptz not null,
  constraint pkey_inbox primary key (tenant_id, source, message_id)
);

-- Content-addressed: the key is the SHA-256 of the bytes before compression. compression: 0 none, 1 brotli.
create table if not exists ledger.contents (
  sha256 bytea not null,
  size bigint not null,
  compression smallint not null,
  body bytea not null,
  constraint pkey_contents primary key (sha256)
);

alter table ledger.contents alter column body set storage external;

-- The names of living skills, unique per tenant.
create table if not exists ledger.skill_names (
  tenant_id varchar not null,
  name varchar not null,
  skill_id varchar not null,
  constraint pkey_skill_names primary key (tenant_id, name)
);
