select k.tenant_id, k.subject, k.wrapped_key
from unnest($1::text[], $2::text[]) as wanted (tenant_id, subject)
join ledger.subject_keys k using (tenant_id, subject)
