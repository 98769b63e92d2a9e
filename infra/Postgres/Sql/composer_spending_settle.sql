update ledger.composer_spending set tokens = $2, cost_micro_usd = $3, settled = true where call_id = $1
