-- Erasures of data subjects that were begun. What is to be purged is found while the subject's runs can still be read, and stands here until it is done,
-- so that a program that dies in between leaves nothing half erased.
create table if not exists ledger.erasures (
  tenant_id    varchar     not null,
  subject      varchar     not null,
  plan         jsonb       not null,
  requested_at timestamptz not null,
  done_at      timestamptz,
  constraint pkey_erasures primary key (tenant_id, subject)
);
