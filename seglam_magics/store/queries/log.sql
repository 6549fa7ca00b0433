-- The newest events, newest first; what is thought only where it is asked for. Which they are is found first: the whole
-- of an event is large.
-- defaults: {"limit": 100, "kind": null}
with newest as (
    select clock, kernel, number
    from events
    where kind = $kind or ($kind is null and kind <> 'thinking')
    order by clock desc, kernel desc, number desc
    limit $limit
)

select
    "time",
    kind,
    case
        when name is null then null
        when version is null then name
        else name || '@' || version
    end as procedure,
    question,
    tier,
    seconds,
    coalesce(data ->> '$.reason', data ->> '$.message') as reason
from events
where
    clock >= (select min(clock) from newest)
    and (kind = $kind or ($kind is null and kind <> 'thinking'))
    and (clock, kernel, number) in (from newest)
order by clock desc, kernel desc, number desc
