-- Gives up letters that nobody can say whose they are, so that no erasure reaches them. $1 tenant, $2 what their bodies have, $3 those that died before
update ledger.dead_letters set state = 'discarded', body = ''
where tenant_id = $1 and state = 'waiting' and dead_at < $3 and position($2 in body) > 0
