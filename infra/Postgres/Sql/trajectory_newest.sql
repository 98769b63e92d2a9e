-- Runs, the newest first. $2 recorded before this leaf, $3 limit, $4 environment, $5 part of the source, $6 how it ended
select to_jsonb(t)
from ledger.trajectory_catalogue t
where t.tenant_id = $1 and t.recorded_leaf < $2
  and ($4 = '' or t.environment = $4)
  and ($5 = '' or strpos(lower(t.source), lower($5)) > 0)
  and case $6 when 'succeeded' then t.success when 'failed' then not t.success when 'untold' then t.success is null and not t.rejected
    when 'kept-out' then t.rejected else true end
order by t.recorded_leaf desc
limit $3
