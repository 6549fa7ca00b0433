-- The newest events, newest first.
-- defaults: {"limit": 100, "kind": null}
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
where $kind is null or kind = $kind
order by clock desc, kernel desc, number desc
limit $limit
