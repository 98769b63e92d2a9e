-- The next leaf that a program which knows the form of the index has to take in. One that knows an older form only moves "leaf", and what it
-- sent lacks what it does not know. From the first one: such programs have been at work before.
alter table ledger.search_indexes add column if not exists complete bigint not null default 0 check (complete >= 0);
