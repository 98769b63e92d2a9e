update ledger.seal_state set size = greatest(size, $1), hashed = $1, frontier = $2
