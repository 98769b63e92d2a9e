insert into skill_versions
select * from jsonb_populate_recordset(null::skill_versions, $1)
on conflict (tenant_id, skill_id, version) do update set
  operation = excluded.operation,
  package_digest = excluded.package_digest,
  manifest = excluded.manifest,
  description = excluded.description,
  parents = excluded.parents,
  composer = excluded.composer,
  rationale = excluded.rationale,
  taint = excluded.taint,
  tier = excluded.tier,
  revoked = excluded.revoked,
  created_at = excluded.created_at,
  leaf = excluded.leaf
