-- Who adds up and enters does so alone.
select pg_advisory_xact_lock(hashtext('ledger.composer_spending'))
