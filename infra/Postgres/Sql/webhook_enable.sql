-- $3 now: what waits goes at once, for whoever enables it says that somebody is there again.
with due as (
  update ledger.webhook_deliveries d
  set due_at = $3
  from ledger.webhook_subscriptions s
  where s.tenant_id = $1 and s.id = $2 and d.subscription_id = s.id and d.state = 'pending' and d.due_at > $3
)
update ledger.webhook_subscriptions
set state = 'active', reason = '', failures = 0, failing_since = null, wait_until = null
where tenant_id = $1 and id = $2
