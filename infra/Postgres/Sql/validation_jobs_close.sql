-- $1 tenant, $2 jobs, $3 lease tokens, $4 verdicts (null: without one), $5 problems, $6 now, $7 states
update ledger.validation_jobs j
set state = c.state, verdict = c.verdict, problem = c.problem, lease_token = null, leased_until = null, updated_at = $6
from unnest($2::varchar[], $3::uuid[], $4::varchar[], $5::varchar[], $7::varchar[]) as c (job_id, token, verdict, problem, state)
where j.tenant_id = $1 and j.job_id = c.job_id and j.lease_token = c.token
