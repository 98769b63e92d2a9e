insert into ledger.search_indexes (name, purpose, state, definition, leaf, vectors) values ($1, $2, $3, $4, 0, 0)
