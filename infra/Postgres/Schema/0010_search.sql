-- Search indexes outside the database: which one is read, how far each has followed the sealed order, and what was put into it.
create table if not exists ledger.search_indexes (
  name       text        primary key,
  -- What it is an index for; of each, one is live and others may be under construction.
  purpose    text        not null,
  state      text        not null check (state in ('building', 'live')),
  -- Digest of the definition that it was made by.
  definition text        not null,
  -- The next leaf that it has to take in.
  leaf       bigint      not null check (leaf >= 0),
  -- From this leaf on, what is in it may lack embeddings that there are by now.
  vectors    bigint      not null check (vectors >= 0),
  created_at timestamptz not null default now()
);

create unique index if not exists search_indexes_live on ledger.search_indexes (purpose) where state = 'live';

create table if not exists ledger.search_documents (
  index_name text    not null references ledger.search_indexes (name) on delete cascade,
  key        text    not null,
  tenant_id  text    not null,
  skill_id   text    not null,
  version    integer not null,
  -- Of the skill's last event when it was sent or taken out: what is older is never sent again.
  leaf       bigint  not null,
  -- Digest of what was sent; empty where it was taken out or refused.
  stamp      text    not null,
  state      text    not null check (state in ('there', 'gone', 'refused')),
  problem    text    not null default '',
  primary key (index_name, key)
);

create index if not exists search_documents_by_skill on ledger.search_documents (index_name, tenant_id, skill_id);

-- Embeddings by the digest of the text and the model that made them. All of it can be asked for again.
create table if not exists ledger.search_vectors (
  model       text   not null,
  text_digest text   not null,
  -- Little-endian 32-bit floats, of length 1.
  vector      bytea  not null,
  primary key (model, text_digest)
);
