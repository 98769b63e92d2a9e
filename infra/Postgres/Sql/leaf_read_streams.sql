-- Whole streams of a tenant as far as they are sealed before a leaf. $1 tenant, $2 streams, $3 leaf
select l.seq_id, e.tenant_id, e.stream_id, e.version, e.id, e.type, e.timestamp, e.correlation_id, e.causation_id, e.headers, e.data, l.leaf_index, l.leaf_hash
from ledger.mt_events e
join ledger.leaves l on l.seq_id = e.seq_id
where e.tenant_id = $1 and e.stream_id = any ($2) and l.leaf_index < $3
order by l.leaf_index
