-- All that waits, of all tenants: what it is, which, how many, and for how many seconds the oldest has waited.
select 'queue', q.name, count(m.id), greatest(coalesce(extract(epoch from now() - min(m.enqueued_at)), 0), 0)::double precision
from unnest(array['trajectories', 'curation', 'seal', 'index-updates', 'validation-jobs']) as q (name)
left join ledger.queue_messages m on m.queue = q.name
group by q.name
union all
select 'dead', queue, count(*), greatest(extract(epoch from now() - min(dead_at)), 0)::double precision
from ledger.dead_letters where state = 'waiting' group by queue
union all
select 'unsealed', '', (select count(*) from ledger.unsealed), coalesce((
  select greatest(extract(epoch from now() - e.timestamp), 0)
  from (select seq_id from ledger.unsealed order by seq_id limit 1) u join ledger.mt_events e on e.seq_id = u.seq_id), 0)::double precision
union all
select 'job', state, count(*), greatest(extract(epoch from now() - min(created_at)), 0)::double precision
from ledger.validation_jobs where state in ('queued', 'running', 'waiting') group by state
union all
select 'projection', '', greatest(s.size - min(p.leaf), 0), 0
from ledger.seal_state s cross join ledger.projection_positions p group by s.size
union all
select 'index', '', greatest(s.size - min(i.leaf), 0), 0
from ledger.seal_state s cross join ledger.search_indexes i where i.state = 'live' group by s.size
