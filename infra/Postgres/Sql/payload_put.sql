insert into ledger.payloads (tenant_id, place, subject, body)
select tenant_id, place, subject, body
from unnest($1::text[], $2::text[], $3::text[], $4::bytea[]) as p (tenant_id, place, subject, body)
order by tenant_id, place
on conflict do nothing
