-- The same with the outcome that stood when there were $7 leaves.
select to_jsonb(t) || jsonb_build_object(
  'success', o.outcome -> 'success', 'reward', o.outcome -> 'reward', 'verified_by', coalesce(o.outcome ->> 'verifiedBy', 'unknown'), 'rejected', o.outcome is null)
from ledger.trajectory_catalogue t
left join lateral (
  select coalesce(e.data -> 'to', e.data -> 'outcome') as outcome
  from ledger.mt_events e
  join ledger.leaves l on l.seq_id = e.seq_id
  where e.tenant_id = $1 and e.stream_id = 'trajectory-' || t.trajectory_id
    and e.type in ('trajectory_recorded', 'trajectory_outcome_corrected') and l.leaf_index < $7
  order by e.version desc
  limit 1
) o on true
where t.tenant_id = $1 and t.recorded_leaf < $2
  and ($4 = '' or t.environment = $4)
  and ($5 = '' or strpos(lower(t.source), lower($5)) > 0)
  and case $6 when 'succeeded' then (o.outcome ->> 'success')::boolean when 'failed' then not (o.outcome ->> 'success')::boolean
    when 'untold' then o.outcome is not null and o.outcome ->> 'success' is null when 'kept-out' then o.outcome is null else true end
order by t.recorded_leaf desc
limit $3
