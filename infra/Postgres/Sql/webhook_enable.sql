update ledger.webhook_subscriptions
set state = 'active', reason = '', failures = 0, failing_since = null, wait_until = null
where tenant_id = $1 and id = $2
