select to_jsonb(f)
from ledger.family_catalogue f
where tenant_id = $1 and opened_leaf > $2 and ($4 = '' or environment = $4)
order by opened_leaf
limit $3
