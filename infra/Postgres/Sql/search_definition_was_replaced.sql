select exists (select from ledger.search_definitions where purpose = $1 and definition = $2)
