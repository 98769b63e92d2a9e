select to_jsonb(s)
from ledger.skill_catalogue s
where tenant_id = $1 and created_leaf > $2
  and ($4 = '' or status = $4) and ($5 = '' or environment = $5) and ($6 = '' or family_id = $6)
order by created_leaf
limit $3
