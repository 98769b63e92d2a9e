select trajectory_id from ledger.trajectory_catalogue where tenant_id = $1 and subject = $2 order by trajectory_id
