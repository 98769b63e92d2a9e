-- The body goes with the message: what is put back and handled must not lie here as well.
with chosen as (
  select * from ledger.dead_letters where tenant_id = $1 and id = $2 for update
),
retried as (
  update ledger.dead_letters d set state = 'retried', body = ''
  from chosen where d.id = chosen.id and chosen.state = 'waiting'
  returning d.id
),
sent as (
  insert into ledger.queue_messages (queue, message_id, body, content_type, correlation_id, subject, properties)
  select queue, message_id, body, content_type, correlation_id, subject, properties from chosen where id in (select id from retried)
  returning queue
)
select state, queue from chosen
