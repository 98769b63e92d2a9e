-- What kind of skill a family is for. Families from before there were kinds are functional.
alter table ledger.family_catalogue add column if not exists kind text not null default 'functional';
