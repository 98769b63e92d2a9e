-- By id first; a name may have belonged to several skills in turn, of which at most one lives.
select to_jsonb(s)
from ledger.skill_catalogue s
where tenant_id = $1 and (skill_id = $2 or name = $2)
order by skill_id = $2 desc, status = 'active' desc, created_leaf desc
limit 1
