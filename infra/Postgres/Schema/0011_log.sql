-- The sealed order as a log that proves itself (RFC 6962): docs/audit.md. A program that seals without hashing must not do so any more, hence the new
-- major version of the schema.

-- Null only in what was sealed before there were hashes, until the sealer has made up for it.
alter table ledger.leaves add column if not exists leaf_hash bytea check (octet_length(leaf_hash) = 32);

-- hashed: how many leaves have their hash, all of them but while the sealer makes up for older ones. frontier: the compact range over these, hash after hash.
alter table ledger.seal_state add column if not exists hashed bigint not null default 0 check (hashed >= 0 and hashed <= size);
alter table ledger.seal_state add column if not exists frontier bytea not null default '';

-- Complete subtrees of 256 to the n leaves (levels 8, 16 and so on); what lies between is computed from at most 256 of them.
create table if not exists ledger.tree_nodes (
  level smallint not null,
  node_index bigint not null,
  hash bytea not null check (octet_length(hash) = 32),
  constraint pkey_tree_nodes primary key (level, node_index)
);

-- One row once the log has a name. The keys are in the events of stream log-{origin}.
create table if not exists ledger.log_identity (
  only_row boolean primary key default true check (only_row),
  origin varchar not null
);

-- Everything that was ever signed, as it was published.
create table if not exists ledger.checkpoints (
  origin varchar not null,
  size bigint not null,
  root bytea not null check (octet_length(root) = 32),
  note text not null,
  key_id varchar not null,
  signed_at timestamptz not null,
  constraint pkey_checkpoints primary key (origin, size)
);

drop function if exists ledger.seal(integer);

-- Takes the sealer's lock, waiting for a sealer at work. What follows in the same transaction must see what was committed before the lock was got: under READ
-- COMMITTED every statement has its own snapshot, under a stricter level it would be the one from before the wait.
create or replace function ledger.seal_lock()
returns table (size bigint, hashed bigint, frontier bytea, origin varchar, published_size bigint, published_root bytea)
language plpgsql volatile as $$
begin
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception 'sealing needs READ COMMITTED' using errcode = 'LG002';
  end if;
  perform from ledger.seal_state for update;
  return query
    select s.size, s.hashed, s.frontier, i.origin, c.size, c.root
    from ledger.seal_state s
    left join ledger.log_identity i on true
    left join lateral (select p.size, p.root from ledger.checkpoints p where p.origin = i.origin order by p.size desc limit 1) c on true;
end $$;

-- Up to p_at_most committed events that have no leaf yet, with where they lie in the queue. By sequence number, which is the order of versions within each stream:
-- a version is visible here only if those before it are. An event that is gone has nulls.
create or replace function ledger.unsealed_events(p_at_most integer)
returns table (place tid, seq_id bigint, tenant_id varchar, stream_id varchar, version bigint, id uuid, type varchar, at timestamptz,
  correlation_id varchar, causation_id varchar, headers jsonb, data jsonb)
language plpgsql volatile
-- The queue is mostly rows that are gone and not yet vacuumed. Along its index they are passed over once marked dead; a scan of the
-- table, which its lack of statistics suggests, would read them all each time. The events are fetched one by one, whatever statistics say.
set enable_seqscan = off
set enable_bitmapscan = off
set enable_mergejoin = off
set enable_hashjoin = off
as $$
begin
  return query
    select due.ctid, due.seq_id, e.tenant_id, e.stream_id, e.version, e.id, e.type, e.timestamp, e.correlation_id, e.causation_id, e.headers, e.data
    from (select u.ctid, u.seq_id from ledger.unsealed u order by u.seq_id limit p_at_most) as due
    left join ledger.mt_events e on e.seq_id = due.seq_id
    order by due.seq_id;
end $$;
