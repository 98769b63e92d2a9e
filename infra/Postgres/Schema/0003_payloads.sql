-- What runs said, apart from the events, encrypted under the key of the person or source that it is about.
create table if not exists ledger.subject_keys (
  tenant_id    text        not null,
  subject      text        not null,
  -- Null once destroyed: then nothing under it can be read by anybody.
  wrapped_key  bytea,
  created_at   timestamptz not null default now(),
  destroyed_at timestamptz,
  primary key (tenant_id, subject),
  check ((wrapped_key is null) = (destroyed_at is not null))
);

create table if not exists ledger.payloads (
  tenant_id  text        not null,
  place      text        not null,
  subject    text        not null,
  body       bytea       not null,
  created_at timestamptz not null default now(),
  primary key (tenant_id, place)
);

-- Encrypted bytes do not compress.
alter table ledger.payloads alter column body set storage external;

create index if not exists payloads_of_subject on ledger.payloads (tenant_id, subject);
