-- When somebody outside was asked: the deadline counts from then.
alter table ledger.validation_jobs add column asked_at timestamptz;

-- Attempts that the validator itself did not survive: it broke down, hung, or its worker was lost.
alter table ledger.validation_jobs add column failures integer not null default 0;

-- superseded: by a job for other rules. It is no verdict, and a program that has those rules takes it up again.
alter table ledger.validation_jobs drop constraint validation_jobs_state_check;
alter table ledger.validation_jobs add constraint validation_jobs_state_check
  check (state in ('queued', 'running', 'waiting', 'done', 'failed', 'superseded'));

-- By which a job judges: so many evidence events of which families; empty where evidence has no part in it.
alter table ledger.validation_jobs add column evidence varchar not null default '';
