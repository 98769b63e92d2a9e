-- stream_ends for some streams. $1 tenant, $2 streams
select asked.id, coalesce(s.version, 0), coalesce(e.last, 0), e.events
from unnest($2::varchar[]) as asked (id)
left join ledger.mt_streams s on s.tenant_id = $1 and s.id = asked.id
cross join lateral (select max(version) as last, count(*) as events from ledger.mt_events where tenant_id = $1 and stream_id = asked.id) e
where coalesce(s.version, 0) <> coalesce(e.last, 0) or coalesce(e.last, 0) <> e.events
order by 1
