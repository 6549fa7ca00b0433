-- The hits of a procedure, over all its versions, by the tier that found them when they were first asked.
-- defaults: {"name": null}
select coalesce(data ->> '$.found', tier, 'other') as tier, count(*) as hits
from events
where kind = 'hit' and name = $name
group by all
order by hits desc, tier
