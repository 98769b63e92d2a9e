-- Sealed up to, and not including, leaf $4; without it everything committed.
select e.seq_id, e.id, e.stream_id, e.version, e.data, e.type, e.timestamp, e.tenant_id, e.correlation_id, e.causation_id, e.headers,
  l.leaf_index
from ledger.mt_events e
left join ledger.leaves l on l.seq_id = e.seq_id
where e.tenant_id = $1 and e.stream_id = $2 and e.version > $3 and ($4::bigint is null or l.leaf_index < $4)
order by e.version
