-- Who is told of what the ledger records. Each subscription has its own place in the sealed order.
create table if not exists ledger.webhook_subscriptions (
  id            text        primary key,
  tenant_id     text        not null,
  url           text        not null,
  topics        text[]      not null,
  -- Encrypted under a key of its own, which is destroyed with it.
  secret        bytea       not null,
  allow_private boolean     not null,
  state         text        not null default 'active' check (state in ('active', 'disabled')),
  reason        text        not null default '',
  -- The next leaf to look at.
  position      bigint      not null,
  failures      integer     not null default 0,
  failing_since timestamptz,
  wait_until    timestamptz,
  leased_until  timestamptz,
  created_at    timestamptz not null
);

create index if not exists webhook_subscriptions_by_tenant on ledger.webhook_subscriptions (tenant_id, created_at);

create table if not exists ledger.webhook_deliveries (
  id              text        primary key,
  subscription_id text        not null references ledger.webhook_subscriptions on delete cascade,
  leaf            bigint      not null,
  type            text        not null,
  subject         text        not null,
  state           text        not null default 'pending' check (state in ('pending', 'delivered', 'failed')),
  attempts        integer     not null default 0,
  due_at          timestamptz not null,
  last_status     integer,
  last_error      text        not null default '',
  created_at      timestamptz not null,
  delivered_at    timestamptz
);

create index if not exists webhook_deliveries_due on ledger.webhook_deliveries (subscription_id, due_at, leaf) where state = 'pending';
create index if not exists webhook_deliveries_by_leaf on ledger.webhook_deliveries (subscription_id, leaf);
