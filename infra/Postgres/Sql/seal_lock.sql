select size, hashed, frontier, origin, published_size, published_root from ledger.seal_lock()
