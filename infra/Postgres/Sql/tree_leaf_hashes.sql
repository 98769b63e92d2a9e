-- In their order, up to the first that is not there.
select leaf_index, leaf_hash from ledger.leaves where leaf_index >= $1 and leaf_index < $1 + 256 and leaf_hash is not null order by leaf_index
