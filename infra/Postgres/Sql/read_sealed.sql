select e.seq_id, e.id, e.stream_id, e.version, e.data, e.type, e.timestamp, e.tenant_id, e.correlation_id, e.causation_id, e.headers,
  l.leaf_index
from ledger.leaves l
join ledger.mt_events e on e.seq_id = l.seq_id
where l.leaf_index >= $1 and l.leaf_index < $1 + $2
order by l.leaf_index
