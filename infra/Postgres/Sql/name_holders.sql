select name, skill_id from ledger.skill_names where tenant_id = $1 and name = any($2)
