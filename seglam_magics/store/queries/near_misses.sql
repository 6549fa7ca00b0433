-- Questions that nearly hit: what they were nearest to and what stood in the way, latest first.
-- defaults: {"limit": 100, "name": null}
select
    question,
    data ->> '$.nearest' as nearest,
    data ->> '$.reason' as reason,
    data ->> '$.blocked' as blocked,
    count(*) as times,
    max("time") as last_asked
from events
where
    kind = 'miss'
    and data ->> '$.nearest' is not null
    and ($name is null or split_part(data ->> '$.nearest', '@', 1) = $name)
group by all
order by last_asked desc, question
limit $limit
