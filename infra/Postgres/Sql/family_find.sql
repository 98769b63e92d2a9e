select to_jsonb(f)
from ledger.family_catalogue f
where tenant_id = $1 and family_id = $2
