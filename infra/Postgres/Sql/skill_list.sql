-- Each skill with the version that an alias serves. Here stands what an alias means: `latest` is as the catalogue has it, any other one is
-- what its last move points to, unless that is revoked since. $4 is the alias.
select jsonb_build_object('skill', to_jsonb(s), 'version', to_jsonb(v))
from ledger.skill_catalogue s
left join ledger.skill_versions v
  on v.tenant_id = s.tenant_id and v.skill_id = s.skill_id and not v.revoked
  and v.version = case when $4 = 'latest' then s.latest_version else (s.aliases ->> $4)::integer end
where s.tenant_id = $1 and s.created_leaf > $2
  and ($5 = '' or s.status = $5) and ($6 = '' or s.environment = $6) and ($7 = '' or s.family_id = $7)
  and ($4 = 'latest' or v.version is not null)
order by s.created_leaf
limit $3
