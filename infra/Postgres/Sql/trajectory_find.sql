select to_jsonb(t)
from ledger.trajectory_catalogue t
where tenant_id = $1 and trajectory_id = $2
