select setval('ledger.mt_events_sequence', $1)
