-- $1 tenant, $2 jobs, $3 now, $4 until when they are leased. Whose worker is lost counts as failed: who comes back takes that away again.
with next as materialized (
  select tenant_id, job_id
  from ledger.validation_jobs
  where tenant_id = $1 and job_id = any($2)
    and case when state = 'running' then leased_until when state in ('queued', 'waiting') then not_before end <= $3
  order by job_id
  -- Whoever holds one holds it for a moment: passed over, it would wait for its message to be sent again.
  for update
)
update ledger.validation_jobs j
set state = 'running', attempts = j.attempts + 1, failures = j.failures + 1, lease_token = gen_random_uuid(), leased_until = $4, updated_at = $3
from next
where j.tenant_id = next.tenant_id and j.job_id = next.job_id
returning j.job_id, j.skill_id, j.version, j.package_digest, j.validator, j.validator_version, j.ruleset_digest,
  j.attempts, j.lease_token, j.deadline, j.problem, j.asked_at, j.failures, j.evidence
