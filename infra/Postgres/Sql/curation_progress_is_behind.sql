select exists (
  select from ledger.mt_streams s
  left join ledger.curation_progress p on p.tenant_id = s.tenant_id and 'family-' || p.family_id = s.id
  where s.tenant_id = $1 and s.id = 'family-' || $2 and s.version > coalesce(p.stream_version, 0))
