select pg_try_advisory_lock(hashtextextended('import:' || $1, 0))
