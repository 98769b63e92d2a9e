-- $1 delivery, $2 status or null, $3 what went wrong, $4 when it is tried again (null: never), $5 now, $6 until when the subscription waits,
-- $7 why it is disabled at once (empty: it is not), $8 since when it must have failed to be disabled.
-- It is disabled by what the row says now: a claim may be older than its last success.
with failed as (
  update ledger.webhook_deliveries
  set attempts = attempts + 1, last_status = $2::integer, last_error = $3, state = case when $4::timestamptz is null then 'failed' else 'pending' end, due_at = coalesce($4::timestamptz, due_at)
  where id = $1
  returning subscription_id
),
judged as (
  select s.id, coalesce(s.failing_since, $5) as since,
    case
      when $7 <> '' then $7
      when coalesce(s.failing_since, $5) <= $8 then
        format('it has failed since %s, the last time because %s', to_char(s.failing_since at time zone 'utc', 'YYYY-MM-DD HH24:MI:SS"Z"'), $3)
      else ''
    end as disabled,
    -- Given up, and there is nothing else: what comes next is a new matter, however long after.
    $4::timestamptz is null and not exists (
      select from ledger.webhook_deliveries d where d.subscription_id = s.id and d.state = 'pending' and d.id <> $1) as done
  from ledger.webhook_subscriptions s
  join failed on failed.subscription_id = s.id
)
update ledger.webhook_subscriptions s
set failures = s.failures + 1, failing_since = case when judged.done then null else judged.since end, wait_until = $6,
  state = case when judged.disabled = '' then s.state else 'disabled' end, reason = case when judged.disabled = '' then s.reason else judged.disabled end
from judged
where s.id = judged.id
