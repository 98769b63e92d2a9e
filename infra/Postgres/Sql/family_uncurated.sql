-- A conclusion that repeats the one before is not recorded, so such a family shows up again: looking at it once more is harmless.
select to_jsonb(f)
from ledger.family_catalogue f
where curated_through < evidence_events
order by updated_leaf
limit $1
