-- $1 delivery, $2 status, $3 now, $4 until when the claim holds
with delivered as (
  update ledger.webhook_deliveries
  set state = 'delivered', attempts = attempts + 1, last_status = $2, last_error = '', delivered_at = $3
  where id = $1
  returning subscription_id
)
update ledger.webhook_subscriptions s
set failures = 0, failing_since = null, wait_until = null, leased_until = $4
from delivered
where s.id = delivered.subscription_id
