select job_id, skill_id, version, package_digest, validator, validator_version, ruleset_digest, evidence
from ledger.validation_jobs
where tenant_id = $1 and job_id = $2
