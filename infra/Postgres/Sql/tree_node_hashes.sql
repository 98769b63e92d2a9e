select node_index, hash from ledger.tree_nodes where level = $2 and node_index >= $1 and node_index < $1 + 256 order by node_index
