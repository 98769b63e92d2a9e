-- $1 subscription, $2 its position as read, $3 the position behind what was looked at, $4 the deliveries, $5 now.
-- Does nothing when somebody else moved it meanwhile.
with moved as (
  update ledger.webhook_subscriptions set position = $3 where id = $1 and position = $2 returning id
)
insert into ledger.webhook_deliveries (id, subscription_id, leaf, type, subject, due_at, created_at)
select d.id, moved.id, d.leaf, d.type, d.subject, $5, $5
from moved, jsonb_to_recordset($4) as d(id text, leaf bigint, type text, subject text)
on conflict (id) do nothing
