create index if not exists skill_versions_by_package on ledger.skill_versions (tenant_id, package_digest);

-- Streams of skills with a version that has one of these packages: as the read model tells, and from what it has not read yet, sealed or not.
-- The unread is fetched event by event: a plan for what it might be reads the whole ledger.
create or replace function ledger.package_holders(p_tenant varchar, p_digests varchar[])
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
    select ('skill-' || v.skill_id)::varchar from ledger.skill_versions v where v.tenant_id = p_tenant and v.package_digest = any (p_digests)
    union
    select e.stream_id
    from (select u.seq_id from ledger.unsealed u union all select l.seq_id from ledger.leaves l where l.leaf_index >= v_read) as unread
    join ledger.mt_events e on e.seq_id = unread.seq_id
    where e.tenant_id = p_tenant and e.type in ('skill_created', 'skill_improved', 'skill_merged')
      and e.data -> 'content' -> 'package' ->> 'digest' = any (p_digests)
    order by 1;
end $$;
