-- $1 delivery, $2 status or null, $3 what went wrong, $4 when it is tried again (null: never), $5 now, $6 until when the subscription waits,
-- $7 why the subscription is disabled (empty: it is not)
with failed as (
  update ledger.webhook_deliveries
  set attempts = attempts + 1, last_status = $2::integer, last_error = $3, state = case when $4::timestamptz is null then 'failed' else 'pending' end, due_at = coalesce($4::timestamptz, due_at)
  where id = $1
  returning subscription_id
)
update ledger.webhook_subscriptions s
set failures = failures + 1, failing_since = coalesce(failing_since, $5), wait_until = $6,
  state = case when $7 = '' then state else 'disabled' end, reason = case when $7 = '' then reason else $7 end
from failed
where s.id = failed.subscription_id
