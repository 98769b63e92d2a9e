-- Clocks differ a little, and are set back a little: of two checkpoints the larger is never the earlier one. SigningTimes has the same hour.
insert into ledger.checkpoints (origin, size, root, note, key_id, signed_at)
values ($1, $2, $3, $4, $5, greatest($6,
  (select signed_at from ledger.checkpoints where origin = $1 and size < $2 and signed_at <= $6 + interval '1 hour' order by size desc limit 1)))
on conflict (origin, size) do nothing
