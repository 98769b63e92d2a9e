insert into ledger.projection_positions as p (name, leaf) values ($1, $2)
on conflict (name) do update set leaf = greatest(p.leaf, excluded.leaf)
