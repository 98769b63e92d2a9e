-- $1 id, $2 lock token, then the outputs as in queue_enqueue.sql
-- The commit need not wait for the disk: what a crash of the server undoes comes again, and the inbox knows it. Outputs are hints.
with done as (
  delete from ledger.queue_messages where id = $1 and lock_token = $2
  returning 1
),
sent as (
  insert into ledger.queue_messages (queue, message_id, body, content_type, correlation_id, subject, properties, visible_at)
  select queue, message_id, body, content_type, correlation_id, subject, properties::jsonb, coalesce(visible_at, now())
  from unnest($3::text[], $4::text[], $5::bytea[], $6::text[], $7::text[], $8::text[], $9::text[], $10::timestamptz[])
    with ordinality as m (queue, message_id, body, content_type, correlation_id, subject, properties, visible_at, place)
  where exists (select from done)
  order by place
)
select count(*) from done, (select set_config('synchronous_commit', 'off', true)) quick
