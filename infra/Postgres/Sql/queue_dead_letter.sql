with dead as (
  delete from ledger.queue_messages where id = $1 and lock_token = $2
  returning *
)
insert into ledger.dead_letters
  (tenant_id, queue, message_id, source, reason, detail, body, content_type, correlation_id, subject, properties, delivery_count)
select coalesce(properties ->> 'tenant', '*DEFAULT*'), queue, message_id, coalesce(properties ->> 'source', ''), left($3, 200), left($4, 2000),
  body, content_type, correlation_id, subject, properties, delivery_count
from dead
