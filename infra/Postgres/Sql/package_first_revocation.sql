-- The first revocation of one of these packages, whatever the skill is called. $1 tenant, $2 digests
select e.stream_id, e.data ->> 'packageDigest', (e.data ->> 'version')::int, coalesce(e.data ->> 'reason', ''), e.timestamp, e.headers
from ledger.revoked_packages($1, $2) revoked
join ledger.mt_events e on e.tenant_id = $1 and e.stream_id = revoked.stream_id and e.type = 'version_revoked' and e.data ->> 'packageDigest' = any ($2)
order by e.timestamp, e.seq_id
limit 1
