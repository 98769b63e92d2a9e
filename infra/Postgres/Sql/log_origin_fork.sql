update ledger.log_identity set origin = $2 where origin = $1
