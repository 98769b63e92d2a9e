-- The last that was signed at or before a time.
select origin, size, root, note, key_id, signed_at from ledger.checkpoints where origin = $1 and signed_at <= $2 order by size desc limit 1
