-- All streams of a type, as they were when there were $3 leaves.
select e.seq_id, e.id, e.stream_id, e.version, e.data, e.type, e.timestamp, e.tenant_id, e.correlation_id, e.causation_id, e.headers,
  l.leaf_index
from ledger.mt_streams s
join ledger.mt_events e on e.tenant_id = s.tenant_id and e.stream_id = s.id
join ledger.leaves l on l.seq_id = e.seq_id
where s.tenant_id = $1 and s.type = $2 and l.leaf_index < $3
order by e.stream_id, e.version
