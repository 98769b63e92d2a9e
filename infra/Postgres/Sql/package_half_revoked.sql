-- $1 tenant, $2 at most
select distinct kept.package_digest collate "C"
from ledger.skill_versions gone
join ledger.skill_versions kept on kept.tenant_id = gone.tenant_id and kept.package_digest = gone.package_digest and not kept.revoked
where gone.tenant_id = $1 and gone.revoked
order by 1
limit $2
