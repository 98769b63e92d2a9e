select name, definition, leaf, vectors, form, complete from ledger.search_indexes where purpose = $1 and state = 'live'
