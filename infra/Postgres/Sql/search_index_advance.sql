-- Only who knows the form of its definition ($4) puts in all that is wanted there.
update ledger.search_indexes
set leaf = greatest(leaf, $2), vectors = coalesce($3, vectors), complete = case when form <= $4 then greatest(complete, $2) else complete end
where name = $1
