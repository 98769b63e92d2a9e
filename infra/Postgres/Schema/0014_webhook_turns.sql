-- When a subscription had its last turn, so that each comes to one however many there are; and what it was asked for with, under its own key.
alter table ledger.webhook_subscriptions add column if not exists served_at timestamptz;
alter table ledger.webhook_subscriptions add column if not exists request_digest text not null default '';
