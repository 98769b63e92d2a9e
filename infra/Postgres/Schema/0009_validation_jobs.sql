-- Validation jobs as workers share them. What was asked and answered is in the skills' streams; losing this table costs time only.
create table ledger.validation_jobs (
  tenant_id         varchar     not null,
  job_id            varchar     not null,
  skill_id          varchar     not null,
  version           integer     not null,
  package_digest    varchar     not null,
  validator         varchar     not null,
  validator_version varchar     not null,
  ruleset_digest    varchar     not null,
  -- waiting: somebody outside was asked, and has not answered yet.
  state             varchar     not null check (state in ('queued', 'running', 'waiting', 'done', 'failed')),
  attempts          integer     not null default 0,
  lease_token       uuid,
  leased_until      timestamptz,
  not_before        timestamptz not null,
  deadline          timestamptz not null,
  -- When a message for it was sent last; null: one is to be sent.
  sent_at           timestamptz,
  verdict           varchar,
  problem           varchar     not null default '',
  created_at        timestamptz not null,
  updated_at        timestamptz not null,
  primary key (tenant_id, job_id)
);

create index validation_jobs_open on ledger.validation_jobs (not_before) where state in ('queued', 'running', 'waiting');
create index validation_jobs_of_package on ledger.validation_jobs (tenant_id, skill_id, package_digest);
