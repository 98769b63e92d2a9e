select t.recorded, t.rejected, s.active, s.retired, s.absorbed, s.versions, f.families, t.unverified
from
  (select count(*) filter (where not rejected) as recorded, count(*) filter (where rejected) as rejected,
     count(*) filter (where not rejected and (success is null or verified_by not in ('verifier', 'human'))) as unverified
   from ledger.trajectory_catalogue where tenant_id = $1) t,
  (select count(*) filter (where status = 'active') as active, count(*) filter (where status = 'retired') as retired,
     count(*) filter (where status = 'absorbed') as absorbed, coalesce(sum(versions), 0) as versions
   from ledger.skill_catalogue where tenant_id = $1) s,
  (select count(*) as families from ledger.family_catalogue where tenant_id = $1) f
