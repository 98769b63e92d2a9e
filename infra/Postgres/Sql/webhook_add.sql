-- No row when it is there already, or the tenant has $8 subscriptions already. Nobody is told of what was before: it begins where the sealed order ends.
insert into ledger.webhook_subscriptions (id, tenant_id, url, topics, secret, allow_private, position, created_at, request_digest)
select $1, $2, $3, $4, $5, $6, (select size from ledger.seal_state), $7, $9
where (select count(*) from ledger.webhook_subscriptions where tenant_id = $2) < $8
on conflict (id) do nothing
returning id
