-- Names that are kept for a skill that is not living under them, and living skills whose name nobody keeps. (Of two that would have one name, one has it.)
select n.tenant_id, n.name, n.skill_id
from ledger.skill_names n
where not exists (select from ledger.skill_catalogue c where c.tenant_id = n.tenant_id and c.skill_id = n.skill_id and c.name = n.name and c.status = 'active')
union all
select c.tenant_id, c.name, c.skill_id
from ledger.skill_catalogue c
where c.status = 'active' and not exists (select from ledger.skill_names n where n.tenant_id = c.tenant_id and n.name = c.name)
order by 1, 2, 3 limit 100
