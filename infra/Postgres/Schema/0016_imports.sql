-- One row in a ledger that was imported from an archive: which one, and up to which leaf. While done_at is null, the import was broken off, and nothing else may
-- be done with the ledger.
create table if not exists ledger.imports (
  only_row boolean primary key default true check (only_row),
  -- Digest of the archive's manifest.
  archive varchar not null,
  origin varchar not null,
  size bigint not null,
  begun_at timestamptz not null,
  done_at timestamptz
);
