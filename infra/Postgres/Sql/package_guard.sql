select ledger.guard_packages($1, $2, $3)
