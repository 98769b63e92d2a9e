select to_jsonb(d)
from ledger.webhook_deliveries d
where subscription_id = $1 and state = 'pending' and due_at <= $2
order by due_at, leaf
limit 1
