-- The first that covers so many leaves.
select origin, size, root, note, key_id, signed_at from ledger.checkpoints where origin = $1 and size >= $2 order by size limit 1
