-- Whole streams as they were when leaf $3 was the last.
select e.seq_id, e.id, e.stream_id, e.version, e.data, e.type, e.timestamp, e.tenant_id, e.correlation_id, e.causation_id, e.headers,
  l.leaf_index
from unnest($1::varchar[], $2::varchar[]) as asked (tenant_id, stream_id)
join ledger.mt_events e on e.tenant_id = asked.tenant_id and e.stream_id = asked.stream_id
join ledger.leaves l on l.seq_id = e.seq_id
where l.leaf_index <= $3
order by e.tenant_id, e.stream_id, e.version
