-- $1 the sequence number before the first; $2 to $11 the events in the order of their leaves
insert into ledger.mt_events (seq_id, id, stream_id, version, data, type, timestamp, tenant_id, correlation_id, causation_id, headers)
select $1 + e.place, e.id, e.stream_id, e.version, e.data, e.type, e.at, e.tenant_id, e.correlation_id, e.causation_id, e.headers
from unnest($2::uuid[], $3::varchar[], $4::bigint[], $5::jsonb[], $6::varchar[], $7::timestamptz[], $8::varchar[], $9::varchar[], $10::varchar[], $11::jsonb[])
  with ordinality as e (id, stream_id, version, data, type, at, tenant_id, correlation_id, causation_id, headers, place)
