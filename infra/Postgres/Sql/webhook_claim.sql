-- $1 now, $2 until when the claim holds, $3 how many. Only those that have something to do, whoever had no turn for longest first.
with due as materialized (
  select s.id
  from ledger.webhook_subscriptions s
  where s.state = 'active' and (s.leased_until is null or s.leased_until <= $1) and (s.wait_until is null or s.wait_until <= $1)
    and (s.position < (select size from ledger.seal_state)
      or exists (select from ledger.webhook_deliveries d where d.subscription_id = s.id and d.state = 'pending' and d.due_at <= $1))
  order by s.served_at nulls first, s.id
  limit $3
  for update skip locked
)
update ledger.webhook_subscriptions s
set leased_until = $2, served_at = $1
from due
where s.id = due.id
returning to_jsonb(s) - 'secret', s.secret
