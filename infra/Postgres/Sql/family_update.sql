with changed as (
  select * from jsonb_to_recordset($1) as f (
    tenant_id text, family_id text, evidence_events integer, curated_through integer, last_operation text, last_reason_code text,
    last_decided_at timestamptz, skill_id text, leaf bigint)
)
update family_catalogue f set
  successes = stands.successes,
  failures = stands.failures,
  unverified = stands.unverified,
  evidence_events = f.evidence_events + changed.evidence_events,
  curated_through = coalesce(changed.curated_through, f.curated_through),
  last_operation = coalesce(changed.last_operation, f.last_operation),
  last_reason_code = coalesce(changed.last_reason_code, f.last_reason_code),
  last_decided_at = coalesce(changed.last_decided_at, f.last_decided_at),
  skill_id = coalesce(changed.skill_id, f.skill_id),
  updated_leaf = changed.leaf
from changed
cross join lateral (
  select
    count(*) filter (where outcome = 'success') as successes,
    count(*) filter (where outcome = 'failure') as failures,
    count(*) filter (where outcome = 'unverified') as unverified
  from family_evidence e
  where e.tenant_id = changed.tenant_id and e.family_id = changed.family_id
) stands
where f.tenant_id = changed.tenant_id and f.family_id = changed.family_id
