delete from ledger.search_indexes where name = $1
