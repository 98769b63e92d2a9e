insert into ledger.projection_positions (name, leaf) values ($1, $2)
on conflict (name) do update set leaf = excluded.leaf
