-- Whose sibling a skill is, and for which model. Skills from before there were siblings are for all models.
alter table ledger.skill_catalogue add column if not exists variant_of text;
alter table ledger.skill_catalogue add column if not exists model text not null default '';
