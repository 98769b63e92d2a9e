-- Versions that stand or that an alias points to, and that one of the validators was not asked about. $1 to $3 the validators, $4 how many at most
select s.tenant_id, s.skill_id, v.version
from ledger.skill_catalogue s
join ledger.skill_versions v on v.tenant_id = s.tenant_id and v.skill_id = s.skill_id
where s.status = 'active' and not v.revoked
  and (v.version = s.current_version or exists (select from jsonb_each_text(s.aliases) a where a.value::integer = v.version))
  and exists (
    select from unnest($1::varchar[], $2::varchar[], $3::varchar[]) as k (validator, validator_version, ruleset_digest)
    where not exists (
      select from ledger.validation_jobs j
      where j.tenant_id = s.tenant_id and j.skill_id = s.skill_id and j.package_digest = v.package_digest
        and j.validator = k.validator and j.validator_version = k.validator_version and j.ruleset_digest = k.ruleset_digest))
order by s.created_leaf, s.skill_id, v.version
limit $4
