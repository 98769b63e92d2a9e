select evidence_seen from ledger.curation_progress where tenant_id = $1 and family_id = $2
