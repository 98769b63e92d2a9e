select hashed, frontier from ledger.seal_state
