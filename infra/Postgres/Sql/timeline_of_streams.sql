-- As timeline.sql, of the streams $9: those are few, and found by their index rather than on the way along the leaves.
select e.seq_id, e.id, e.stream_id, e.version, e.data, e.type, e.timestamp, e.tenant_id, e.correlation_id, e.causation_id, e.headers,
  l.leaf_index
from unnest($9::varchar[]) as asked (stream_id)
join ledger.mt_events e on e.tenant_id = $1 and e.stream_id = asked.stream_id
join ledger.leaves l on l.seq_id = e.seq_id
where l.leaf_index < $2
  and e.stream_id like $4
  and (cardinality($5::varchar[]) = 0 or e.type = any ($5) or (e.type = 'curation_decided' and e.data ->> 'operation' = $6))
  and ($7 = '' or strpos(lower(concat_ws(' ', e.headers ->> 'actor', e.headers ->> 'decidedBy')), lower($7)) > 0)
  and ($8 = '' or strpos(lower(e.stream_id || ' ' || e.data::text), lower($8)) > 0)
order by l.leaf_index desc
limit $3
