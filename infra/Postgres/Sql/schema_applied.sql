select name, major, applied_at from ledger.schema_versions order by name
