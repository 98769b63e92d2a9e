-- Each skill with the versions that an alias may serve, of which ServedVersion chooses for each caller: what the alias names and, where it is
-- only for a share, what else the skill's aliases name or named before. Under another alias than `latest` only skills that have it. $4 is the
-- alias; with $8 only the skills where it is for a share.
select jsonb_build_object('skill', to_jsonb(s), 'versions', coalesce((
  select jsonb_agg(to_jsonb(v) order by v.version)
  from ledger.skill_versions v
  where v.tenant_id = s.tenant_id and v.skill_id = s.skill_id and not v.revoked
    and (v.version = (s.aliases ->> $4)::integer
      or (s.shares ? $4 and v.version in (
        select value::integer from jsonb_each_text(s.aliases)
        union all select (value ->> 'before')::integer from jsonb_each(s.shares))))), '[]'))
from ledger.skill_catalogue s
where s.tenant_id = $1 and s.created_leaf > $2
  and ($5 = '' or s.status = $5) and ($6 = '' or s.environment = $6) and ($7 = '' or s.family_id = $7)
  and ($4 = 'latest' or s.aliases ? $4)
  and (not $8 or (s.shares <> '{}' and s.shares ? $4))
order by s.created_leaf
limit $3
