select wrapped_key from ledger.subject_keys where wrapped_key is not null limit 1
