-- The first and the last sealed event after leaf $3 that say of each content that it was deleted with a data subject. $1 tenant, $2 digests
select purged.digest, min(l.leaf_index), max(l.leaf_index)
from ledger.mt_events e
join ledger.leaves l on l.seq_id = e.seq_id
cross join lateral jsonb_array_elements_text(e.data -> 'purged') as purged (digest)
where e.tenant_id = $1 and e.type = 'subject_erased' and jsonb_typeof(e.data -> 'purged') = 'array' and purged.digest = any ($2) and l.leaf_index > $3
group by purged.digest
