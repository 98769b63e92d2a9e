select archive, origin, size, begun_at, done_at from ledger.imports
