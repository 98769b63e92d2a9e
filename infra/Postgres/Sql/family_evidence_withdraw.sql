delete from family_evidence e
using jsonb_populate_recordset(null::family_evidence, $1) gone
where e.tenant_id = gone.tenant_id and e.family_id = gone.family_id and e.evidence_id = gone.evidence_id
