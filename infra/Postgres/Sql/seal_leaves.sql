-- $1: the first leaf; $2, $3: sequence numbers and hashes, in the order of the leaves.
insert into ledger.leaves (leaf_index, seq_id, leaf_hash)
select $1 + due.place - 1, due.seq_id, due.hash from unnest($2, $3) with ordinality as due (seq_id, hash, place)
