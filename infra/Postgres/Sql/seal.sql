select first_leaf, leaf_count from ledger.seal($1)
