insert into family_catalogue
  (tenant_id, family_id, environment, effect, successes, failures, unverified, evidence_events, curated_through, kind, opened_leaf, updated_leaf)
select tenant_id, family_id, environment, effect, 0, 0, 0, 0, 0, kind, leaf, leaf
from jsonb_to_recordset($1) as f (tenant_id text, family_id text, environment text, effect text, kind text, leaf bigint)
on conflict do nothing
