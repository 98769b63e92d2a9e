-- How many leaves there were at a time: those before the first leaf that was recorded later.
select coalesce(
  (select min(l.leaf_index) from ledger.leaves l join ledger.mt_events e on e.seq_id = l.seq_id where e.timestamp > $1),
  (select size from ledger.seal_state))
