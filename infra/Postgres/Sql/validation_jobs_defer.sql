-- $1 tenant, $2 job, $3 lease token, $4 queued or waiting, $5 not before, $6 problem, $7 now, $8 whether the validator is to blame.
-- Who waits was asked now, and waits until $5.
update ledger.validation_jobs
set state = $4, not_before = $5, problem = $6, lease_token = null, leased_until = null, sent_at = null, updated_at = $7,
  failures = failures - case when $8 then 0 else 1 end,
  asked_at = case when $4 = 'waiting' then $7 else asked_at end,
  deadline = case when $4 = 'waiting' then $5 else deadline end
where tenant_id = $1 and job_id = $2 and lease_token = $3
