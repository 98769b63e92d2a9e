-- In one order for all, so that two who want some of the same do not wait for each other. $1 tenant, $2 digests
select pg_advisory_lock(key)
from (select distinct hashtextextended('package:' || $1 || E'\n' || digest, 0) as key from unnest($2) digest order by 1) keys
