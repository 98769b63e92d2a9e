-- append_event for a stream that must not be there yet. A statement of its own: where one statement has both branches, the
-- server finds it worth while to plan it anew each time. Takes the same parameters, and $11, the stream's type, beside.
with stream as (
  insert into ledger.mt_streams (tenant_id, id, type, version, timestamp, created)
  values ($1, $2, $11, $3 + 1, $4, $4)
  returning version
), event as (
  insert into ledger.mt_events
    (seq_id, id, stream_id, version, data, type, timestamp, tenant_id, correlation_id, causation_id, headers)
  select nextval('ledger.mt_events_sequence'), $8, $2, version, $10, $9, $4, $1, $5, $6, $7
  from stream
  returning seq_id
)
insert into ledger.unsealed (seq_id) select seq_id from event
