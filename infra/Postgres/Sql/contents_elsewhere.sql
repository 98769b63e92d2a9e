-- Files among $3 that versions of other skills than $2 have, too. $1 tenant; other tenants' count as others
select distinct file ->> 'sha256'
from ledger.skill_versions v
cross join lateral jsonb_array_elements(v.manifest -> 'files') as file
where not (v.tenant_id = $1 and v.skill_id = any ($2)) and file ->> 'sha256' = any ($3)
