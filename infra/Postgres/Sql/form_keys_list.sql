select name, wrapped_key, body from ledger.form_keys order by stored_at, name
