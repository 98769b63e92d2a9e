-- Skills that changed from leaf $1 to before leaf $2, at most $3 of them, each with the versions that something points to, or pointed to
-- before it was shared; none where nothing is to be served.
select s.tenant_id, s.skill_id, s.name, s.environment, s.kind, coalesce(s.variant_of, ''), s.model, s.updated_leaf, s.aliases::text,
  v.version, v.package_digest, v.description, v.tier,
  (select f ->> 'sha256' from jsonb_array_elements(v.manifest -> 'files') f where f ->> 'path' = 'SKILL.md'), s.shares::text
from (select * from ledger.skill_catalogue where updated_leaf >= $1 and updated_leaf < $2 order by updated_leaf limit $3) s
left join ledger.skill_versions v
  on s.status = 'active' and not v.revoked and v.tenant_id = s.tenant_id and v.skill_id = s.skill_id
  and (exists (select from jsonb_each_text(s.aliases) a where a.value = v.version::text)
    or exists (select from jsonb_each(s.shares) a where a.value ->> 'before' = v.version::text))
order by s.updated_leaf, v.version
