-- The first leaf before $1 that is not there, or whose event is not. $1 leaf
select min(gone.leaf_index) from (
  select l.leaf_index from ledger.leaves l
  left join ledger.mt_events e on e.seq_id = l.seq_id
  where l.leaf_index < $1 and e.seq_id is null
  union all
  select l.before + 1 from (select leaf_index, lag(leaf_index, 1, -1::bigint) over (order by leaf_index) as before from ledger.leaves where leaf_index < $1) l
  where l.leaf_index > l.before + 1
  union all
  select coalesce(max(leaf_index), -1) + 1 from ledger.leaves where leaf_index < $1
) gone
where gone.leaf_index < $1
