insert into skill_catalogue
select * from jsonb_populate_recordset(null::skill_catalogue, $1)
on conflict (tenant_id, skill_id) do update set
  name = excluded.name,
  description = excluded.description,
  environment = excluded.environment,
  family_id = excluded.family_id,
  origin = excluded.origin,
  kind = excluded.kind,
  status = excluded.status,
  absorbed_into = excluded.absorbed_into,
  variant_of = excluded.variant_of,
  model = excluded.model,
  current_version = excluded.current_version,
  latest_version = excluded.latest_version,
  latest_digest = excluded.latest_digest,
  versions = excluded.versions,
  aliases = excluded.aliases,
  shares = excluded.shares,
  created_at = excluded.created_at,
  updated_at = excluded.updated_at,
  created_leaf = excluded.created_leaf,
  updated_leaf = excluded.updated_leaf
