select to_regclass('ledger.schema_versions') is not null
