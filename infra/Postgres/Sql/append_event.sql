-- ledger.append for one event to one stream, with nothing beside it, without its arrays: the most frequent shape.
-- No row comes through when the stream is not at version $3, so none is written.
with stream as (
  update ledger.mt_streams set version = $3 + 1, timestamp = $4
  where tenant_id = $1 and id = $2 and version = $3
  returning version
), event as (
  insert into ledger.mt_events
    (seq_id, id, stream_id, version, data, type, timestamp, tenant_id, correlation_id, causation_id, headers)
  select nextval('ledger.mt_events_sequence'), $8, $2, version, $10, $9, $4, $1, $5, $6, $7
  from stream
  returning seq_id
)
insert into ledger.unsealed (seq_id) select seq_id from event
