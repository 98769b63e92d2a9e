select name, major from ledger.schema_versions
