update ledger.imports set done_at = $1 where done_at is null
