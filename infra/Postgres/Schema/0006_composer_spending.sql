-- What a language model was used for, by day in UTC, so that the ceilings hold across instances and restarts. A call is entered with
-- the most that it can cost before it goes out; what it did cost takes that place. One that was killed keeps the most.
create table ledger.composer_spending (
  call_id bigint generated always as identity primary key,
  day date not null,
  request_digest varchar not null,
  tokens bigint not null,
  cost_micro_usd bigint not null,
  settled boolean not null default false
);

create index composer_spending_day on ledger.composer_spending (day);
