insert into ledger.search_indexes (name, purpose, state, definition, form, leaf, vectors) values ($1, $2, $3, $4, $5, 0, 0)
