update ledger.erasures set done_at = $3 where tenant_id = $1 and subject = $2
