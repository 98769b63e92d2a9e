select origin, size, root, note, key_id, signed_at from ledger.checkpoints where origin = $1 order by size
