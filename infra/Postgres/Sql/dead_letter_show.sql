select id, tenant_id, queue, message_id, source, reason, detail, octet_length(body), content_type, delivery_count, dead_at, state, body
from ledger.dead_letters
where tenant_id = $1 and id = $2
