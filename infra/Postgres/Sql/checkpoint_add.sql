insert into ledger.checkpoints (origin, size, root, note, key_id, signed_at) values ($1, $2, $3, $4, $5, $6) on conflict (origin, size) do nothing
