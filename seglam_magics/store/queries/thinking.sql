-- What is kept of the newest runs, in the order of the log.
-- defaults: {"limit": 50, "run": null}
with newest as (
    select data ->> '$.run' as run, max(clock) as latest
    from events
    where kind = 'thinking' and ($run is null or data ->> '$.run' = $run)
    group by run
    order by latest desc
    limit $limit
)

select kernel, number, clock, "time", data
from events
where kind = 'thinking' and data ->> '$.run' in (select run from newest)
order by clock, kernel, number
