insert into ledger.dead_letters
  (tenant_id, queue, message_id, source, reason, detail, body, content_type, correlation_id, subject, properties, delivery_count, fingerprint)
values ($1, $2, $3, $4, left($5, 200), left($6, 2000), $7, $8, $9, $10, $11::jsonb, $12, $13)
on conflict (fingerprint) where state = 'waiting' do nothing
