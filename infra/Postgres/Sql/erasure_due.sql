-- Those that are not done, and those done after $2: what was in memory somewhere while the key was destroyed may have come out since. $1 tenant
select subject, plan from ledger.erasures where tenant_id = $1 and (done_at is null or done_at > $2) order by requested_at, subject
