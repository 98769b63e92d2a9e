-- $1 queue, $2 how many, $3 lock duration, $4 most deliveries
-- The commit need not wait for the disk: a lock that a crash of the server forgets only lets the message come again.
with next as materialized (
  select id, delivery_count
  from ledger.queue_messages
  where queue = $1 and visible_at <= now() and (locked_until is null or locked_until <= now())
  order by id
  limit $2
  for update skip locked
),
spent as (
  delete from ledger.queue_messages m using next
  where m.id = next.id and next.delivery_count >= $4
  returning m.*
),
buried as (
  insert into ledger.dead_letters
    (tenant_id, queue, message_id, source, reason, detail, body, content_type, correlation_id, subject, properties, delivery_count)
  select coalesce(properties ->> 'tenant', '*DEFAULT*'), queue, message_id, coalesce(properties ->> 'source', ''), 'max-deliveries',
    'delivered ' || delivery_count || ' times and never completed', body, content_type, correlation_id, subject, properties, delivery_count
  from spent
  returning 1
),
taken as (
  update ledger.queue_messages m
  set delivery_count = m.delivery_count + 1, lock_token = gen_random_uuid(), locked_until = now() + $3
  from next
  where m.id = next.id and next.delivery_count < $4
  returning m.*
)
select id, message_id, body, content_type, correlation_id, subject, properties::text, enqueued_at, delivery_count, lock_token, locked_until,
  (select count(*) from buried) as buried
from (select set_config('synchronous_commit', 'off', true)) quick left join taken on true
order by id
