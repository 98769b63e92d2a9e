insert into ledger.contents (sha256, size, compression, body)
select * from unnest($1::bytea[], $2::bigint[], $3::smallint[], $4::bytea[])
on conflict (sha256) do nothing
