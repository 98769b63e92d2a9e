-- $1 archive, $2 origin, $3 size, $4 now. Named at once, so that nobody else names it.
with begun as (insert into ledger.imports (archive, origin, size, begun_at) values ($1, $2, $3, $4))
insert into ledger.log_identity (origin) values ($2)
