select s.tenant_id, substr(s.id, length('family-') + 1)
from ledger.mt_streams s
left join ledger.curation_progress p on p.tenant_id = s.tenant_id and 'family-' || p.family_id = s.id
where s.type = 'family' and s.version > coalesce(p.stream_version, 0)
order by s.timestamp
limit $1
