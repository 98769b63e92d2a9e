select count(*) from ledger.search_documents where index_name = $1 and state = 'there'
