select l.seq_id, e.tenant_id, e.stream_id, e.version, e.id, e.type, e.timestamp, e.correlation_id, e.causation_id, e.headers, e.data, l.leaf_index, l.leaf_hash
from ledger.leaves l
left join ledger.mt_events e on e.seq_id = l.seq_id
where l.leaf_index >= $1 and l.leaf_index < $1 + $2
order by l.leaf_index
