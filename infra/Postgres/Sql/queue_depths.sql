select queue, coalesce(waiting, 0), coalesce(in_flight, 0), coalesce(dead, 0), oldest
from (
  select queue, count(*) as waiting, count(*) filter (where locked_until > now()) as in_flight, min(enqueued_at) as oldest
  from ledger.queue_messages group by queue
) live
full join (
  select queue, count(*) as dead from ledger.dead_letters where state = 'waiting' group by queue
) gone using (queue)
