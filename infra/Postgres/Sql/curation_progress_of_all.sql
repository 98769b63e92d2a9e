select family_id, evidence_seen from ledger.curation_progress where tenant_id = $1
