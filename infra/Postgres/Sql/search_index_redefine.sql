-- From the first leaf: what was sent before lacks what the definition has got.
update ledger.search_indexes set definition = $2, form = $3, leaf = 0, vectors = 0, complete = 0 where name = $1
