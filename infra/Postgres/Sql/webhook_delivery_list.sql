-- $2 subscription or empty, $3 state or empty, $4 how many: the newest first
select to_jsonb(d)
from ledger.webhook_deliveries d
join ledger.webhook_subscriptions s on s.id = d.subscription_id
where s.tenant_id = $1 and ($2 = '' or d.subscription_id = $2) and ($3 = '' or d.state = $3)
order by d.created_at desc, d.leaf desc
limit $4
