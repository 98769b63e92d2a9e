insert into family_evidence
select * from jsonb_populate_recordset(null::family_evidence, $1)
on conflict (tenant_id, family_id, evidence_id) do update set
  trajectory_id = excluded.trajectory_id,
  source = excluded.source,
  task = excluded.task,
  outcome = excluded.outcome,
  leaf = excluded.leaf
