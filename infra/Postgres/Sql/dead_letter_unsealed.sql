-- Letters that were buried by the queue itself and so were never sealed: only what a handler kept has a fingerprint. $1 tenant, $2 how many
select id, body from ledger.dead_letters
where tenant_id = $1 and state = 'waiting' and fingerprint is null and body <> ''
order by id
limit $2
