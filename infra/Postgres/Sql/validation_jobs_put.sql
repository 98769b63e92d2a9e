-- $1 tenant, $2 now, $3 deadline, then the jobs; what has a verdict already is done.
insert into ledger.validation_jobs
  (tenant_id, job_id, skill_id, version, package_digest, validator, validator_version, ruleset_digest, state, verdict, problem,
   not_before, deadline, sent_at, created_at, updated_at)
select $1, job_id, skill_id, version, package_digest, validator, validator_version, ruleset_digest,
  case when problem <> '' then 'failed' when verdict is null then 'queued' else 'done' end, verdict, problem, $2, $3, $2, $2, $2
from unnest($4::varchar[], $5::varchar[], $6::integer[], $7::varchar[], $8::varchar[], $9::varchar[], $10::varchar[], $11::varchar[], $12::varchar[])
  as j (job_id, skill_id, version, package_digest, validator, validator_version, ruleset_digest, verdict, problem)
on conflict (tenant_id, job_id) do nothing
returning job_id, state
