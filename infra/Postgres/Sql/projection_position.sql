select coalesce((select leaf from ledger.projection_positions where name = $1), 0)
