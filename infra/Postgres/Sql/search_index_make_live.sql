update ledger.search_indexes set state = 'live' where name = $1
