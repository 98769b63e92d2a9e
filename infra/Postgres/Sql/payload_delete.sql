delete from ledger.payloads where tenant_id = $1 and subject = $2 and place = $3
