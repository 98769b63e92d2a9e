-- Begun twice, it is one erasure with what both found. $1 tenant, $2 subject, $3 plan, $4 now
insert into ledger.erasures as known (tenant_id, subject, plan, requested_at) values ($1, $2, $3, $4)
on conflict (tenant_id, subject) do update
set plan = excluded.plan || jsonb_build_object(
    'purge', (known.plan -> 'purge') || (excluded.plan -> 'purge'),
    'trajectories', (known.plan -> 'trajectories') || (excluded.plan -> 'trajectories'),
    'through', least((known.plan ->> 'through')::bigint, (excluded.plan ->> 'through')::bigint)),
  done_at = null
returning plan
