-- In one order for everybody: two batches with the same new subjects would else wait for each other.
insert into ledger.subject_keys (tenant_id, subject, wrapped_key)
select tenant_id, subject, wrapped_key
from unnest($1::text[], $2::text[], $3::bytea[]) as k (tenant_id, subject, wrapped_key)
order by tenant_id, subject
on conflict do nothing
