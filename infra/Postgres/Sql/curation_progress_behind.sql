-- The read model is at hand for every family; where it lags, nothing is settled anyway.
select f.tenant_id, f.family_id
from ledger.family_catalogue f
left join ledger.curation_progress p on p.tenant_id = f.tenant_id and p.family_id = f.family_id
where f.evidence_events > coalesce(p.evidence_seen, 0)
order by f.updated_leaf
limit $1
