-- $1 tenant, $2 job, $3 now, $4 until when it is leased. Whoever has the lease was asking, which is answered; who was taken to be kept from judging may come late.
update ledger.validation_jobs
set state = 'running', verdict = null, lease_token = gen_random_uuid(), leased_until = $4, updated_at = $3
where tenant_id = $1 and job_id = $2 and (state in ('queued', 'running', 'waiting') or (state = 'done' and verdict = 'infrablocked'))
returning job_id, skill_id, version, package_digest, validator, validator_version, ruleset_digest, attempts, lease_token, deadline, problem, asked_at, failures, evidence
