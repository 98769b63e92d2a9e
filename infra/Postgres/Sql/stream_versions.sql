-- How far these streams are, and the id of each one's event at a given version.
select s.id, s.version, e.id
from unnest($2::varchar[], $3::bigint[]) as asked (stream_id, version)
join ledger.mt_streams s on s.tenant_id = $1 and s.id = asked.stream_id
left join ledger.mt_events e on e.tenant_id = $1 and e.stream_id = asked.stream_id and e.version = asked.version
