-- What is older never takes the place of what is newer.
insert into ledger.search_documents (index_name, key, tenant_id, skill_id, version, leaf, stamp, state, problem)
select index_name, key, tenant_id, skill_id, version, leaf, stamp, state, problem from jsonb_populate_recordset(null::ledger.search_documents, $1)
on conflict (index_name, key) do update set leaf = excluded.leaf, stamp = excluded.stamp, state = excluded.state, problem = excluded.problem
where search_documents.leaf <= excluded.leaf
