-- Only the holder of the lock takes rows out, so they are where they were.
delete from ledger.unsealed where ctid = any ($1::tid[])
