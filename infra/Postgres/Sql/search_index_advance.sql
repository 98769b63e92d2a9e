update ledger.search_indexes set leaf = greatest(leaf, $2), vectors = coalesce($3, vectors) where name = $1
