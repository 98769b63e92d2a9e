select i.source, i.message_id, i.content_digest, i.stream_id, i.stream_version, i.result, i.handled_at
from ledger.inbox i
join unnest($2::varchar[], $3::varchar[]) as asked (source, message_id)
  on i.source = asked.source and i.message_id = asked.message_id
where i.tenant_id = $1
