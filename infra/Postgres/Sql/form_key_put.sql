insert into ledger.form_keys (name, wrapped_key, body) values ($1, $2, $3) on conflict (name) do update set wrapped_key = excluded.wrapped_key, body = excluded.body
