-- Whether any skill, living or not, is of environment $2, and whether any has alias $3. What is empty is known.
select $2 = '' or exists (select from ledger.skill_catalogue where tenant_id = $1 and environment = $2),
       $3 = '' or exists (select from ledger.skill_catalogue where tenant_id = $1 and jsonb_exists(aliases, $3))
