select to_jsonb(t)
from ledger.trajectory_catalogue t
where tenant_id = $1 and recorded_leaf > $2 and ($4 = '' or environment = $4)
order by recorded_leaf
limit $3
