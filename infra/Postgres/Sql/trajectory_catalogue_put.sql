insert into trajectory_catalogue
select * from jsonb_populate_recordset(null::trajectory_catalogue, $1)
on conflict (tenant_id, trajectory_id) do update set
  source = excluded.source,
  source_id = excluded.source_id,
  subject = excluded.subject,
  task = excluded.task,
  environment = excluded.environment,
  agent = excluded.agent,
  model = excluded.model,
  success = excluded.success,
  reward = excluded.reward,
  verified_by = excluded.verified_by,
  steps = excluded.steps,
  tool_calls = excluded.tool_calls,
  rejected = excluded.rejected,
  rejection = excluded.rejection,
  erased = excluded.erased,
  recorded_at = excluded.recorded_at,
  recorded_leaf = excluded.recorded_leaf,
  updated_leaf = excluded.updated_leaf
