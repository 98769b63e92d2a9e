select pg_try_advisory_lock(hashtextextended('search-index:' || $1, 0))
