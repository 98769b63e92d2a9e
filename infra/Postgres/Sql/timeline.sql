-- Sealed events, the newest first. $2 leaf that all are before, $3 limit, $4 pattern of stream ids, $5 types or none given for all,
-- $6 the operation that a decision must have had where types are given, $7 in the actor or policy, $8 in the stream's id or the data,
-- $9 leaf that none is before
select e.seq_id, e.id, e.stream_id, e.version, e.data, e.type, e.timestamp, e.tenant_id, e.correlation_id, e.causation_id, e.headers,
  l.leaf_index
from ledger.leaves l
join ledger.mt_events e on e.seq_id = l.seq_id
where e.tenant_id = $1 and l.leaf_index < $2 and l.leaf_index >= $9
  and e.stream_id like $4
  and (cardinality($5::varchar[]) = 0 or e.type = any ($5) or (e.type = 'curation_decided' and e.data ->> 'operation' = $6))
  and ($7 = '' or strpos(lower(concat_ws(' ', e.headers ->> 'actor', e.headers ->> 'decidedBy')), lower($7)) > 0)
  and ($8 = '' or strpos(lower(e.stream_id || ' ' || e.data::text), lower($8)) > 0)
order by l.leaf_index desc
limit $3
