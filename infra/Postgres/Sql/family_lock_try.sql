select pg_try_advisory_lock(hashtextextended('family:' || $1, 0))
