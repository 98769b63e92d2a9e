-- Marten drops an index that it does not know, so there is none by id: this reads the whole table.
select l.leaf_index from ledger.mt_events e left join ledger.leaves l on l.seq_id = e.seq_id where e.id = $1
