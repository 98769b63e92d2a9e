-- Skills that changed at leaf $1 or later, each with the version that search serves; none where nothing is to be served.
select s.tenant_id, s.skill_id, s.name, s.environment, s.latest_digest, s.description,
  (select f ->> 'sha256' from jsonb_array_elements(v.manifest -> 'files') f where f ->> 'path' = 'SKILL.md'), v.version, s.kind, coalesce(s.variant_of, ''), s.model
from ledger.skill_catalogue s
left join ledger.skill_versions v
  on s.status = 'active' and v.tenant_id = s.tenant_id and v.skill_id = s.skill_id and v.version = s.latest_version
where s.updated_leaf >= $1
order by s.updated_leaf
