with taken as (delete from ledger.search_vector_refusals where model = $1 and text_digest = any($2))
insert into ledger.search_vectors (model, text_digest, vector) select $1, d, v from unnest($2::text[], $3::bytea[]) as t (d, v)
on conflict do nothing
