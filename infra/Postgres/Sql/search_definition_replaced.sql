-- One definition takes the place of another of the same purpose.
with wanted as (delete from ledger.search_definitions where purpose = $1 and definition = $3)
insert into ledger.search_definitions (purpose, definition) select $1, $2 where $2 not in ('', $3)
on conflict do nothing
