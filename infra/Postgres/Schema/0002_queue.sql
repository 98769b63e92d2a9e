-- Queues, in the manner of a message broker: lock with token and expiry, delivery count, scheduled messages, dead letters.
create table if not exists ledger.queue_messages (
  id             bigint generated always as identity primary key,
  queue          text        not null,
  message_id     text        not null,
  body           bytea       not null,
  content_type   text        not null,
  correlation_id text        not null,
  subject        text        not null,
  properties     jsonb       not null,
  enqueued_at    timestamptz not null default now(),
  visible_at     timestamptz not null default now(),
  delivery_count integer     not null default 0,
  lock_token     uuid,
  locked_until   timestamptz
) with (
  -- Taking a message changes no indexed column, so it stays on its page where there is room.
  fillfactor = 70,
  -- What was completed stands at the front of the index, where every receiver begins to look.
  autovacuum_vacuum_scale_factor = 0.0,
  autovacuum_vacuum_threshold = 2000
);

create index if not exists queue_messages_in_order on ledger.queue_messages (queue, id);

create table if not exists ledger.dead_letters (
  id             bigint generated always as identity primary key,
  tenant_id      text        not null,
  queue          text        not null,
  message_id     text        not null,
  source         text        not null,
  reason         text        not null,
  detail         text        not null,
  body           bytea       not null,
  content_type   text        not null,
  correlation_id text        not null,
  subject        text        not null,
  properties     jsonb       not null,
  delivery_count integer     not null,
  dead_at        timestamptz not null default now(),
  state          text        not null default 'waiting' check (state in ('waiting', 'retried', 'discarded')),
  -- Of a message that a handler found to be poison: found again after a crash, it is kept once.
  fingerprint    bytea
);

create unique index if not exists dead_letters_once on ledger.dead_letters (fingerprint) where state = 'waiting';
create index if not exists dead_letters_by_state on ledger.dead_letters (tenant_id, state, id);
