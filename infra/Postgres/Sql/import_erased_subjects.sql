-- Whoever was erased stays so: nothing more is taken in under that name.
insert into ledger.subject_keys (tenant_id, subject, wrapped_key, created_at, destroyed_at)
select e.tenant_id, e.data ->> 'subject', null, min(e.timestamp), min(e.timestamp)
from ledger.mt_events e
where e.type = 'subject_erased' and e.data ->> 'subject' is not null
group by 1, 2
on conflict (tenant_id, subject) do nothing
