-- Appends events to several streams, all or nothing.
-- p_streams must come in ordinal (byte) order, for every caller locks in this order; p_event_* come in the order of their streams.
-- Raises LG001 when a stream does not stand at its expected version, and 23505 on pkey_mt_streams_tenant_id_id (a stream
-- expected not to exist was created meanwhile), pkey_inbox (the message was handled before) or pkey_skill_names (name taken).
create or replace function ledger.append(
  p_tenant varchar,
  p_at timestamptz,
  p_correlation varchar,
  p_causation varchar,
  p_headers jsonb,
  p_streams varchar[],
  p_stream_types varchar[],
  p_expected bigint[],
  p_versions bigint[],
  p_event_ids uuid[],
  p_event_streams varchar[],
  p_event_versions bigint[],
  p_event_types varchar[],
  p_event_data jsonb[],
  p_inbox_source varchar,
  p_inbox_message varchar,
  p_inbox_digest varchar,
  p_inbox_stream varchar,
  p_inbox_version bigint,
  p_inbox_result jsonb,
  p_content_keys bytea[],
  p_content_sizes bigint[],
  p_content_compressions smallint[],
  p_content_bodies bytea[],
  p_released_names varchar[],
  p_released_skills varchar[],
  p_claimed_names varchar[],
  p_claimed_skills varchar[]
) returns void
language plpgsql as $$
begin
  -- First, so that a message that was handled is told from a stream that moved on.
  if p_inbox_source is not null then
    insert into ledger.inbox (tenant_id, source, message_id, content_digest, stream_id, stream_version, result, handled_at)
    values (p_tenant, p_inbox_source, p_inbox_message, p_inbox_digest, p_inbox_stream, p_inbox_version, p_inbox_result, p_at);
  end if;

  for i in 1 .. coalesce(array_length(p_streams, 1), 0) loop
    if p_expected[i] = 0 then
      insert into ledger.mt_streams (tenant_id, id, type, version, timestamp, created)
      values (p_tenant, p_streams[i], p_stream_types[i], p_versions[i], p_at, p_at);
    else
      update ledger.mt_streams set version = p_versions[i], timestamp = p_at
      where tenant_id = p_tenant and id = p_streams[i] and version = p_expected[i];
      if not found then
        raise exception 'stream % is not at version %', p_streams[i], p_expected[i] using errcode = 'LG001';
      end if;
    end if;
  end loop;

  -- The numbers are drawn here, under the locks of the streams: drawn before, a later version could get a lower number.
  with event as (
    insert into ledger.mt_events
      (seq_id, id, stream_id, version, data, type, timestamp, tenant_id, correlation_id, causation_id, headers)
    select nextval('ledger.mt_events_sequence'), e.id, e.stream_id, e.version, e.data, e.type, p_at, p_tenant,
      p_correlation, p_causation, p_headers
    from unnest(p_event_ids, p_event_streams, p_event_versions, p_event_types, p_event_data)
      as e (id, stream_id, version, type, data)
    returning seq_id
  )
  insert into ledger.unsealed (seq_id) select seq_id from event;

  if array_length(p_content_keys, 1) > 0 then
    insert into ledger.contents (sha256, size, compression, body)
    select c.sha256, c.size, c.compression, c.body
    from unnest(p_content_keys, p_content_sizes, p_content_compressions, p_content_bodies)
      as c (sha256, size, compression, body)
    on conflict (sha256) do nothing;
  end if;

  if array_length(p_released_names, 1) > 0 then
    delete from ledger.skill_names s
    using unnest(p_released_names, p_released_skills) as r (name, skill_id)
    where s.tenant_id = p_tenant and s.name = r.name and s.skill_id = r.skill_id;
  end if;

  if array_length(p_claimed_names, 1) > 0 then
    insert into ledger.skill_names (tenant_id, name, skill_id)
    select p_tenant, c.name, c.skill_id
    from unnest(p_claimed_names, p_claimed_skills) as c (name, skill_id)
    where not exists (
      select from ledger.skill_names s
      where s.tenant_id = p_tenant and s.name = c.name and s.skill_id = c.skill_id);
  end if;
end $$;
