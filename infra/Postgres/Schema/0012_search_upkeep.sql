-- An index that is searched no longer stays on record until the service has let go of it.
alter table ledger.search_indexes drop constraint if exists search_indexes_state_check;
alter table ledger.search_indexes add constraint search_indexes_state_check check (state in ('building', 'live', 'retired'));

-- Which form of the definition it was made by, counted: a program that knows an older one leaves it in place.
alter table ledger.search_indexes add column if not exists form integer not null default 1;

-- What is on its way is on record before it is sent: a worker may die between the two.
alter table ledger.search_documents drop constraint if exists search_documents_state_check;
alter table ledger.search_documents add constraint search_documents_state_check check (state in ('sending', 'there', 'gone', 'refused'));

-- Definitions that another one has replaced: none of them comes back without somebody asking for it.
create table if not exists ledger.search_definitions (
  purpose    text not null,
  definition text not null,
  primary key (purpose, definition)
);

-- Texts that the model's endpoint did not take, so that their skills are found by words alone.
create table if not exists ledger.search_vector_refusals (
  model       text not null,
  text_digest text not null,
  problem     text not null,
  primary key (model, text_digest)
);
