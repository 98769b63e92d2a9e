-- All that was given up of subscription $2; $3 now. Its state and how many, and nothing is changed when it is disabled.
with found as (
  select id, state from ledger.webhook_subscriptions where tenant_id = $1 and id = $2
),
again as (
  update ledger.webhook_deliveries d set state = 'pending', attempts = 0, due_at = $3
  from found
  where d.subscription_id = found.id and d.state = 'failed' and found.state = 'active'
  returning d.id
),
awake as (
  update ledger.webhook_subscriptions s set wait_until = null
  from found
  where s.id = found.id and found.state = 'active'
)
select state, (select count(*) from again) from found
