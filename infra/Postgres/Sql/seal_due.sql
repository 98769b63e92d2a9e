select seq_id, tenant_id, stream_id, version, id, type, at, correlation_id, causation_id, headers, data, place::text from ledger.unsealed_events($1)
