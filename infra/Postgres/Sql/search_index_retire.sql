-- It is searched no longer; the service may still have it.
update ledger.search_indexes set state = 'retired' where name = $1
