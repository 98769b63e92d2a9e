-- All streams of a type, as they were when there were $3 leaves: without events of the types $4, but with the last of each stream.
with asked as (
  select e.seq_id, l.leaf_index, e.type, e.version, max(e.version) over (partition by e.stream_id) as last
  from ledger.mt_streams s
  join ledger.mt_events e on e.tenant_id = s.tenant_id and e.stream_id = s.id
  join ledger.leaves l on l.seq_id = e.seq_id
  where s.tenant_id = $1 and s.type = $2 and l.leaf_index < $3
)
select e.seq_id, e.id, e.stream_id, e.version, e.data, e.type, e.timestamp, e.tenant_id, e.correlation_id, e.causation_id, e.headers,
  asked.leaf_index
from asked
join ledger.mt_events e on e.seq_id = asked.seq_id
where asked.version = asked.last or asked.type <> all ($4)
order by e.stream_id, e.version
