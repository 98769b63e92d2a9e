select origin from ledger.log_identity
