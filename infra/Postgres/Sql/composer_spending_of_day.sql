select count(*), coalesce(sum(tokens), 0)::bigint, coalesce(sum(cost_micro_usd), 0)::bigint from ledger.composer_spending where day = $1
