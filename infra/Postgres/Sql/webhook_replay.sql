-- $3 now. The subscription's state, and nothing is changed when it is disabled.
with found as (
  select d.id, s.id as subscription_id, s.state
  from ledger.webhook_deliveries d
  join ledger.webhook_subscriptions s on s.id = d.subscription_id
  where s.tenant_id = $1 and d.id = $2
),
again as (
  update ledger.webhook_deliveries d set state = 'pending', attempts = 0, due_at = $3, delivered_at = null
  from found
  where d.id = found.id and found.state = 'active'
),
awake as (
  update ledger.webhook_subscriptions s set wait_until = null
  from found
  where s.id = found.subscription_id and found.state = 'active'
)
select state from found
