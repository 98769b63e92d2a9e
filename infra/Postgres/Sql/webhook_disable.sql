update ledger.webhook_subscriptions set state = 'disabled', reason = $2 where id = $1
