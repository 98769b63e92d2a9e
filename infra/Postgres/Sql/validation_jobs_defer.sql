-- $1 tenant, $2 job, $3 lease token, $4 queued or waiting, $5 not before, $6 problem, $7 now
update ledger.validation_jobs
set state = $4, not_before = $5, problem = $6, lease_token = null, leased_until = null, sent_at = null, updated_at = $7
where tenant_id = $1 and job_id = $2 and lease_token = $3
