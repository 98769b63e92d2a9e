-- What is read often, folded from the sealed leaves. All of it can be rebuilt from them.

-- One row for each read model: the next leaf that it has to read.
create table if not exists ledger.projection_positions (
  name text primary key,
  leaf bigint not null check (leaf >= 0)
);

create table if not exists ledger.skill_catalogue (
  tenant_id       text        not null,
  skill_id        text        not null,
  name            text        not null,
  description     text        not null,
  environment     text        not null,
  family_id       text        not null,
  origin          text        not null,
  kind            text        not null,
  status          text        not null,
  absorbed_into   text,
  current_version integer     not null,
  -- The newest that is not revoked.
  latest_version  integer,
  latest_digest   text,
  versions        integer     not null,
  aliases         jsonb       not null,
  created_at      timestamptz not null,
  updated_at      timestamptz not null,
  created_leaf    bigint      not null,
  updated_leaf    bigint      not null,
  primary key (tenant_id, skill_id)
);

create index if not exists skill_catalogue_by_age on ledger.skill_catalogue (tenant_id, created_leaf);
create index if not exists skill_catalogue_by_name on ledger.skill_catalogue (tenant_id, name);
create index if not exists skill_catalogue_by_change on ledger.skill_catalogue (updated_leaf);

create table if not exists ledger.skill_versions (
  tenant_id      text        not null,
  skill_id       text        not null,
  version        integer     not null,
  operation      text        not null,
  package_digest text        not null,
  manifest       jsonb       not null,
  description    text        not null,
  parents        jsonb       not null,
  composer       jsonb       not null,
  rationale      text        not null,
  taint          jsonb       not null,
  tier           text        not null,
  revoked        boolean     not null,
  created_at     timestamptz not null,
  leaf           bigint      not null,
  primary key (tenant_id, skill_id, version)
);

create table if not exists ledger.trajectory_catalogue (
  tenant_id     text        not null,
  trajectory_id text        not null,
  source        text        not null,
  source_id     text        not null,
  subject       text        not null,
  task          text        not null,
  environment   text        not null,
  agent         text        not null,
  model         text        not null,
  success       boolean,
  reward        double precision,
  verified_by   text        not null,
  steps         integer     not null,
  tool_calls    integer     not null,
  rejected      boolean     not null,
  rejection     text        not null,
  erased        boolean     not null,
  recorded_at   timestamptz not null,
  recorded_leaf bigint      not null,
  updated_leaf  bigint      not null,
  primary key (tenant_id, trajectory_id)
);

create index if not exists trajectory_catalogue_by_age on ledger.trajectory_catalogue (tenant_id, recorded_leaf);

create table if not exists ledger.family_catalogue (
  tenant_id        text        not null,
  family_id        text        not null,
  environment      text        not null,
  effect           text        not null,
  -- Evidence that stands, by what verified outcome its run had.
  successes        integer     not null,
  failures         integer     not null,
  unverified       integer     not null,
  -- Admissions and withdrawals so far, and up to which of them curation has recorded a conclusion.
  evidence_events  integer     not null,
  curated_through  integer     not null,
  last_operation   text,
  last_reason_code text,
  last_decided_at  timestamptz,
  skill_id         text,
  opened_leaf      bigint      not null,
  updated_leaf     bigint      not null,
  primary key (tenant_id, family_id)
);

create index if not exists family_catalogue_by_age on ledger.family_catalogue (tenant_id, opened_leaf);

create table if not exists ledger.family_evidence (
  tenant_id     text   not null,
  family_id     text   not null,
  evidence_id   text   not null,
  trajectory_id text   not null,
  source        text   not null,
  task          text   not null,
  outcome       text   not null,
  leaf          bigint not null,
  primary key (tenant_id, family_id, evidence_id)
);
