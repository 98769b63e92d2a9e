-- It is looked at from the first leaf again, and found to be gone or not.
update ledger.search_indexes set leaf = 0 where name = $1
