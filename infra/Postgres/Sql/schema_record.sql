insert into ledger.schema_versions (name, major, applied_at) values ($1, $2, $3)
