-- Streams whose row says another end than their events have, or that have a hole. Every append counts on the row.
select coalesce(s.tenant_id, e.tenant_id), coalesce(s.id, e.stream_id), coalesce(s.version, 0), coalesce(e.last, 0), coalesce(e.events, 0)
from ledger.mt_streams s
full join (select tenant_id, stream_id, max(version) as last, count(*) as events from ledger.mt_events group by tenant_id, stream_id) e on e.tenant_id = s.tenant_id and e.stream_id = s.id
where s.version is distinct from e.last or e.last is distinct from e.events
order by 1, 2 limit 100
