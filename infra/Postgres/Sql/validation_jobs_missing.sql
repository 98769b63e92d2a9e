-- Versions that stand or that an alias points to, and that one of the validators was not asked about, or was kept from judging a while ago: an hour
-- after the first time, twice as long after each further one. $1 to $3 the validators, $4 whether each gives what it judges to somebody outside,
-- who is asked when $5 passed on it, $6 now, $7 the first pause, $8 how many at most
with today as (
  select * from unnest($1::varchar[], $2::varchar[], $3::varchar[], $4::boolean[]) as k (validator, validator_version, ruleset_digest, asks)
)
select s.tenant_id, s.skill_id, v.version
from ledger.skill_catalogue s
join ledger.skill_versions v on v.tenant_id = s.tenant_id and v.skill_id = s.skill_id
where s.status = 'active' and not v.revoked
  and (v.version = s.current_version or exists (select from jsonb_each_text(s.aliases) a where a.value::integer = v.version))
  and exists (
    select from today k
    cross join lateral (
      select bool_or(j.state in ('queued', 'running', 'waiting') or (j.state = 'done' and j.verdict <> 'infrablocked')) as is_asked,
        count(*) filter (where j.verdict = 'infrablocked' or j.state = 'failed') as blocked,
        max(j.updated_at) filter (where j.verdict = 'infrablocked' or j.state = 'failed') as blocked_at
      from ledger.validation_jobs j
      where j.tenant_id = s.tenant_id and j.skill_id = s.skill_id and j.package_digest = v.package_digest
        and j.validator = k.validator and j.validator_version = k.validator_version and j.ruleset_digest = k.ruleset_digest
        -- What was said by the evidence of before says nothing of the last that was asked.
        and j.evidence = (
          select l.evidence from ledger.validation_jobs l
          where l.tenant_id = s.tenant_id and l.skill_id = s.skill_id and l.package_digest = v.package_digest
            and l.validator = k.validator and l.validator_version = k.validator_version and l.ruleset_digest = k.ruleset_digest
          order by l.created_at desc, l.job_id limit 1)) was
    where was.is_asked is not true
      and (was.blocked_at is null or was.blocked_at + $7 * power(2, least(was.blocked, 8) - 1) <= $6)
      and (not k.asks or not exists (
        select from unnest($5::varchar[]) as needed (validator)
        where not exists (
          select from ledger.validation_jobs j
          join today t on t.validator = j.validator and t.validator_version = j.validator_version and t.ruleset_digest = j.ruleset_digest
          where j.tenant_id = s.tenant_id and j.skill_id = s.skill_id and j.package_digest = v.package_digest
            and j.validator = needed.validator and j.verdict = 'passed'))))
order by s.created_leaf, s.skill_id, v.version
limit $8
