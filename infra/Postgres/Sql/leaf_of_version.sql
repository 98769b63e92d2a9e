select l.leaf_index from ledger.mt_events e left join ledger.leaves l on l.seq_id = e.seq_id where e.tenant_id = $1 and e.stream_id = $2 and e.version = $3
