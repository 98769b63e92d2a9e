-- The names of living skills: where two would have one, it is the older one's.
insert into ledger.skill_names (tenant_id, name, skill_id)
select tenant_id, name, skill_id from ledger.skill_catalogue where status = 'active' order by created_leaf, skill_id
on conflict (tenant_id, name) do nothing
