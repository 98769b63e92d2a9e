insert into ledger.curation_progress as p (tenant_id, family_id, evidence_seen, stream_version)
values ($1, $2, $3, $4)
on conflict (tenant_id, family_id) do update
set evidence_seen = greatest(p.evidence_seen, excluded.evidence_seen),
    stream_version = greatest(p.stream_version, excluded.stream_version)
