-- What is done with and older than $2 is forgotten on the way.
with forgotten as (
  delete from ledger.webhook_deliveries where subscription_id = $1 and state <> 'pending' and created_at < $2
)
update ledger.webhook_subscriptions set leased_until = null where id = $1
