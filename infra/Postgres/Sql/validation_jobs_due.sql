-- $1 now, $2 what was sent before this is taken to be lost, $3 how many at most
with due as (
  select tenant_id, job_id
  from ledger.validation_jobs
  where state in ('queued', 'running', 'waiting')
    and case when state = 'running' then leased_until else not_before end <= $1
    and (sent_at is null or sent_at <= $2 or (state = 'running' and sent_at < leased_until))
  order by not_before, tenant_id, job_id
  limit $3
  for update skip locked
)
update ledger.validation_jobs j
set sent_at = $1
from due
where j.tenant_id = due.tenant_id and j.job_id = due.job_id
returning j.tenant_id, j.skill_id, j.job_id
