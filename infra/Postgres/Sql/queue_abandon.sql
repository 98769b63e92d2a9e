update ledger.queue_messages
set lock_token = null, locked_until = null, visible_at = now() + $3
where id = $1 and lock_token = $2
