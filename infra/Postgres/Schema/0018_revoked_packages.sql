-- Skills with a revoked version that has one of these packages: as the read model tells, and from what it has not read yet, sealed or not.
-- The unread is fetched event by event: a plan for what it might be reads the whole ledger.
create or replace function ledger.revoked_packages(p_tenant varchar, p_digests varchar[])
returns table (stream_id varchar)
language plpgsql volatile
set enable_seqscan = off
set enable_bitmapscan = off
set enable_mergejoin = off
set enable_hashjoin = off
as $$
declare
  v_read bigint;
begin
  -- First: what the read model takes in from here on is found twice, and never missed.
  select coalesce(max(p.leaf), 0) into v_read from ledger.projection_positions p where p.name = 'skill_catalogue';
  return query
    select ('skill-' || v.skill_id)::varchar from ledger.skill_versions v where v.tenant_id = p_tenant and v.package_digest = any (p_digests) and v.revoked
    union
    select e.stream_id
    from (select u.seq_id from ledger.unsealed u union all select l.seq_id from ledger.leaves l where l.leaf_index >= v_read) as unread
    join ledger.mt_events e on e.seq_id = unread.seq_id
    where e.tenant_id = p_tenant and e.type = 'version_revoked' and e.data ->> 'packageDigest' = any (p_digests);
end $$;

-- Keeps others from making or revoking a version with one of these packages until the transaction ends, and sees what those before it did.
-- Raises LG002 when one that a version is to be made with (p_made, among p_all) was revoked.
create or replace function ledger.guard_packages(p_tenant varchar, p_made varchar[], p_all varchar[])
returns void
language plpgsql volatile
as $$
begin
  -- In one order for all, so that two who want some of the same do not wait for each other.
  perform pg_advisory_xact_lock(keys.key)
  from (select distinct hashtextextended('package:' || p_tenant || E'\n' || digest, 0) as key from unnest(p_all) digest order by 1) keys;
  -- A statement of its own: it sees what was committed while this one waited.
  if cardinality(p_made) > 0 and exists (select from ledger.revoked_packages(p_tenant, p_made)) then
    raise exception 'a package that a version is to be made with was revoked' using errcode = 'LG002';
  end if;
end $$;

create index if not exists skill_versions_revoked on ledger.skill_versions (tenant_id, package_digest) where revoked;
