-- 0x6c6564676572 is 'ledger' in ASCII: programs that start together take turns.
select pg_advisory_xact_lock(x'6c6564676572'::bigint);
create schema if not exists ledger;
create table if not exists ledger.schema_versions (
  name varchar primary key,
  major integer not null,
  applied_at timestamptz not null
);
