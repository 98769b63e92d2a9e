select job_id, version, package_digest, validator, validator_version, ruleset_digest, state, attempts, not_before, deadline, verdict, problem, created_at, updated_at, evidence
from ledger.validation_jobs
where tenant_id = $1 and skill_id = $2
order by version desc, validator, created_at, job_id
