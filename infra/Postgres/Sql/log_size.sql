select hashed from ledger.seal_state
