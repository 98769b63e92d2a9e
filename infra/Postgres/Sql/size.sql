select size + (select count(*) from ledger.unsealed), size from ledger.seal_state
