-- Nothing was ever put into this ledger.
select s.size = 0
  and not exists (select from ledger.mt_events) and not exists (select from ledger.mt_streams) and not exists (select from ledger.log_identity)
  and not exists (select from ledger.contents) and not exists (select from ledger.payloads) and not exists (select from ledger.inbox)
from ledger.seal_state s
