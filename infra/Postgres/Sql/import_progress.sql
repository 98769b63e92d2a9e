-- What curation could not read again it has looked at: the texts of the runs are not in an archive, and must not be taken for runs without text.
insert into ledger.curation_progress (tenant_id, family_id, evidence_seen, stream_version)
select f.tenant_id, f.family_id, f.evidence_events, s.version
from ledger.family_catalogue f
join ledger.mt_streams s on s.tenant_id = f.tenant_id and s.id = 'family-' || f.family_id
on conflict (tenant_id, family_id) do nothing
