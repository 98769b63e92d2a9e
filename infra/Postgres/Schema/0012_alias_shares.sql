-- For which share of the callers an alias is, and what it named for all before: {"canary": {"percent": 10, "before": 1}}.
alter table ledger.skill_catalogue add column if not exists shares jsonb not null default '{}';

create index if not exists skill_catalogue_shared on ledger.skill_catalogue (tenant_id) where shares <> '{}';

-- Shares that were recorded before they were served: the catalogue reads its events again.
update ledger.projection_positions set leaf = 0
where name = 'skill_catalogue' and exists (select from ledger.mt_events where type = 'alias_moved' and data ? 'share');
