select distinct environment from ledger.family_catalogue where tenant_id = $1 order by environment limit $2
