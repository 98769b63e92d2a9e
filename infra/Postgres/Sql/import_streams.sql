-- Where each stream stands once a batch of events is in. $1 to $6: tenant, id, type, version, time of the first and of the last event of the batch
insert into ledger.mt_streams (tenant_id, id, type, version, timestamp, created)
select s.tenant_id, s.id, s.type, s.version, s.last, s.first
from unnest($1::varchar[], $2::varchar[], $3::varchar[], $4::bigint[], $5::timestamptz[], $6::timestamptz[]) as s (tenant_id, id, type, version, first, last)
on conflict (tenant_id, id) do update set version = excluded.version, timestamp = excluded.timestamp
