select text_digest, vector from ledger.search_vectors where model = $1 and text_digest = any($2)
