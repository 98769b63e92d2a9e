select stream_id from ledger.package_holders($1, $2)
