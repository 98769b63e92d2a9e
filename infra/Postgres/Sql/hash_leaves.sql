update ledger.leaves l set leaf_hash = due.hash
from unnest($2, $3) with ordinality as due (seq_id, hash, place)
where l.leaf_index = $1 + due.place - 1 and l.seq_id = due.seq_id
