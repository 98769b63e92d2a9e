select text_digest, problem from ledger.search_vector_refusals where model = $1
