select asked.source, asked.message_id,
       case when i.message_id is not null then 'recorded'
            when d.message_id is not null then 'rejected'
            else 'pending' end,
       coalesce(d.detail, '')
from unnest($2::varchar[], $3::varchar[]) with ordinality as asked (source, message_id, place)
left join ledger.inbox i on i.tenant_id = $1 and i.source = asked.source and i.message_id = asked.message_id
left join lateral (
  select l.message_id, l.detail from ledger.dead_letters l
  where l.tenant_id = $1 and l.source = asked.source and l.message_id = asked.message_id and l.state <> 'retried'
  order by l.id desc limit 1) d on i.message_id is null
order by asked.place
