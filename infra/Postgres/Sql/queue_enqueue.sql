insert into ledger.queue_messages (queue, message_id, body, content_type, correlation_id, subject, properties, visible_at)
select queue, message_id, body, content_type, correlation_id, subject, properties::jsonb, coalesce(visible_at, now())
from unnest($1::text[], $2::text[], $3::bytea[], $4::text[], $5::text[], $6::text[], $7::text[], $8::timestamptz[])
  with ordinality as m (queue, message_id, body, content_type, correlation_id, subject, properties, visible_at, place)
order by place
