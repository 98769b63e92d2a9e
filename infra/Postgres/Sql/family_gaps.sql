-- Families that failed and have no skill. A tool's families are of runs that got over it: those are no gaps.
select to_jsonb(f)
from ledger.family_catalogue f
where tenant_id = $1 and opened_leaf > $2 and ($4 = '' or environment = $4)
  and skill_id is null and failures > 0 and kind <> 'atomic'
order by opened_leaf
limit $3
