-- $1 tenant, $2 now, $3 deadline, $4 to $12 and $14 the jobs, $13 whether a message for them goes out. What has a verdict already is done; what was given up
-- without one is taken up again.
insert into ledger.validation_jobs as known
  (tenant_id, job_id, skill_id, version, package_digest, validator, validator_version, ruleset_digest, state, verdict, problem,
   not_before, deadline, sent_at, created_at, updated_at, evidence)
select $1, job_id, skill_id, version, package_digest, validator, validator_version, ruleset_digest,
  case when problem <> '' then 'failed' when verdict is null then 'queued' else 'done' end, verdict, problem, $2, $3, case when $13 then $2 end, $2, $2, evidence
from unnest($4::varchar[], $5::varchar[], $6::integer[], $7::varchar[], $8::varchar[], $9::varchar[], $10::varchar[], $11::varchar[], $12::varchar[], $14::varchar[])
  as j (job_id, skill_id, version, package_digest, validator, validator_version, ruleset_digest, verdict, problem, evidence)
-- In the order in which they are leased, so that nobody waits for another who waits for him.
order by job_id
on conflict (tenant_id, job_id) do update
set state = excluded.state, verdict = excluded.verdict, problem = excluded.problem, not_before = excluded.not_before, deadline = excluded.deadline,
  sent_at = excluded.sent_at, updated_at = excluded.updated_at, attempts = 0, failures = 0, asked_at = null
where known.state in ('superseded', 'failed')
returning job_id, state
