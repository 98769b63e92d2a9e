-- Events that nobody will ever seal: an append puts each into the queue in its own transaction.
select e.id from ledger.mt_events e
where not exists (select from ledger.leaves l where l.seq_id = e.seq_id) and not exists (select from ledger.unsealed u where u.seq_id = e.seq_id)
order by e.seq_id limit 100
