-- How many hits and misses are older than a moment (in seconds since the epoch), and when the first and last of them were.
-- defaults: {"before": 0.0}
select
    count(*) filter (where kind = 'hit') as hits,
    count(*) filter (where kind = 'miss') as misses,
    min("time") as first,
    max("time") as last
from events
where kind in ('hit', 'miss') and "time" < $before
