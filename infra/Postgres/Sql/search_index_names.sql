select name, state from ledger.search_indexes where purpose = $1 order by created_at, name
