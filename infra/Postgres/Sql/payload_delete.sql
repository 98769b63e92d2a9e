delete from ledger.payloads where tenant_id = $1 and place = $2
