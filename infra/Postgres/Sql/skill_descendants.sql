-- Streams of skills with a version that was made from one of another's: by a merge, or as its sibling. $1 tenant, $2 ids of the others
select distinct stream_id
from ledger.mt_events
where tenant_id = $1
  and ((type = 'skill_merged' and exists (select from jsonb_array_elements(data -> 'parents') p where p ->> 'skillId' = any ($2::varchar[])))
    or (type = 'skill_created' and data -> 'variantOf' ->> 'skillId' = any ($2::varchar[])))
order by stream_id
