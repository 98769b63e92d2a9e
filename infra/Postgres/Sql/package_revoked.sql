select distinct stream_id from ledger.revoked_packages($1, $2)
