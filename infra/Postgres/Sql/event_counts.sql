-- How many sealed events of each type there are in each stretch of time. $2 from a leaf, $3 before a leaf, $4 seconds of a stretch.
select floor(extract(epoch from e.timestamp) / $4)::bigint, e.type,
  case when e.type = 'curation_decided' then coalesce(e.data ->> 'operation', '') else '' end, count(*)
from ledger.leaves l
join ledger.mt_events e on e.seq_id = l.seq_id
where e.tenant_id = $1 and l.leaf_index >= $2 and l.leaf_index < $3
group by 1, 2, 3
