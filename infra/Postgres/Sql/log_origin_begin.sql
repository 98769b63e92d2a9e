-- The first that names the log has named it.
with named as (insert into ledger.log_identity (origin) values ($1) on conflict (only_row) do nothing returning origin)
select origin from named
