-- $1 tenant, $2 id, $3 the sealed body, $4 fingerprint
update ledger.dead_letters set body = $3, fingerprint = $4 where tenant_id = $1 and id = $2 and state = 'waiting' and fingerprint is null
