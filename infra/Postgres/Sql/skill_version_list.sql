select to_jsonb(v)
from ledger.skill_versions v
where tenant_id = $1 and skill_id = $2
order by version
