select key, tenant_id, skill_id, version, leaf, stamp, state, problem
from ledger.search_documents
where index_name = $1 and key = any($2)
