select name, definition, leaf, vectors from ledger.search_indexes where purpose = $1 and state = 'live'
