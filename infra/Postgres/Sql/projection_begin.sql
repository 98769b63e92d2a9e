-- Programs that run the same projection take turns; the one that waited then reads where the other left off.
select pg_advisory_xact_lock(hashtextextended('projection ' || $1, 0))
