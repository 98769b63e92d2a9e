delete from ledger.contents where sha256 = any ($1)
