insert into ledger.tree_nodes (level, node_index, hash) select * from unnest($1, $2, $3)
