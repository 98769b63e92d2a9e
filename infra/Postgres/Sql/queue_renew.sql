update ledger.queue_messages
set locked_until = now() + $3
where id = $1 and lock_token = $2
returning locked_until
