-- The body goes: what was discarded is never sent again, and nobody needs to keep it.
with chosen as (
  select * from ledger.dead_letters where tenant_id = $1 and id = $2 for update
),
discarded as (
  update ledger.dead_letters d set state = 'discarded', body = ''
  from chosen where d.id = chosen.id and chosen.state = 'waiting'
)
select state, queue from chosen
