-- $1 day, $2 request, $3 tokens, $4 millionths of a dollar, $5 most tokens of a day, $6 most millionths of a day or null
insert into ledger.composer_spending (day, request_digest, tokens, cost_micro_usd)
select $1, $2, $3, $4
from (select coalesce(sum(tokens), 0) as tokens, coalesce(sum(cost_micro_usd), 0) as cost from ledger.composer_spending where day = $1) so_far
where so_far.tokens + $3 <= $5 and ($6 is null or so_far.cost + $4 <= $6)
returning call_id
