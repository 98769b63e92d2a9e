update ledger.subject_keys
set wrapped_key = null, destroyed_at = now()
where tenant_id = $1 and subject = $2 and destroyed_at is null
