insert into ledger.search_vector_refusals (model, text_digest, problem) select $1, d, p from unnest($2::text[], $3::text[]) as t (d, p)
on conflict (model, text_digest) do update set problem = excluded.problem
