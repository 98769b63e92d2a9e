-- Of the skills that there are, the leaf of the last event.
select tenant_id, skill_id, updated_leaf from ledger.skill_catalogue
where (tenant_id, skill_id) in (select * from unnest($1::text[], $2::text[]))
