select id, tenant_id, queue, message_id, source, reason, detail, octet_length(body), content_type, delivery_count, dead_at, state
from ledger.dead_letters
where tenant_id = $1 and ($2 = '' or queue = $2) and ($3 = '' or state = $3) and id > $4
order by id
limit $5
