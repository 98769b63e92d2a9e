-- How far curation has looked at each family: the consumer's own position, so that a lost message only delays.
create table ledger.curation_progress (
  tenant_id varchar not null,
  family_id varchar not null,
  evidence_seen integer not null,
  stream_version bigint not null,
  primary key (tenant_id, family_id)
);
