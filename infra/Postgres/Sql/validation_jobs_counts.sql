select count(*) filter (where state = 'queued'), count(*) filter (where state = 'running'), count(*) filter (where state = 'waiting'),
  count(*) filter (where state = 'done'), count(*) filter (where state = 'failed'),
  min(created_at) filter (where state in ('queued', 'running'))
from ledger.validation_jobs
where tenant_id = $1
