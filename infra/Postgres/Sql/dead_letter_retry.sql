with chosen as (
  select * from ledger.dead_letters where tenant_id = $1 and id = $2 for update
),
retried as (
  update ledger.dead_letters d set state = 'retried'
  from chosen where d.id = chosen.id and chosen.state = 'waiting'
  returning d.*
),
sent as (
  insert into ledger.queue_messages (queue, message_id, body, content_type, correlation_id, subject, properties)
  select queue, message_id, body, content_type, correlation_id, subject, properties from retried
  returning queue
)
select state, queue from chosen
