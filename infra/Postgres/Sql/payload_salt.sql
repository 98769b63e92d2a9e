select salt from ledger.payload_names
