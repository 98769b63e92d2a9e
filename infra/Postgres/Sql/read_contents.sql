select sha256, size, compression, body from ledger.contents where sha256 = any($1)
