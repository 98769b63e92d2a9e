-- $2: one of them, or empty for all.
select (to_jsonb(s) - 'secret')
  || jsonb_build_object('pending', (select count(*) from ledger.webhook_deliveries d where d.subscription_id = s.id and d.state = 'pending'))
from ledger.webhook_subscriptions s
where tenant_id = $1 and ($2 = '' or id = $2)
order by created_at, id
