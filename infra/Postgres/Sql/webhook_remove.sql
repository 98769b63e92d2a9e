delete from ledger.webhook_subscriptions where tenant_id = $1 and id = $2
