-- What the checks in the background did on a day (in UTC): how many there were, failed ones too, and what they cost.
-- Money counts what has a known price.
-- defaults: {"day": null}
select
    count(*) as checks,
    coalesce(sum(try_cast(data ->> '$.usage.usd' as double)), 0.0) as usd
from events
where
    kind in ('run', 'failed')
    and data ->> '$.recheck' = 'true'
    and ($day is null or strftime(make_timestamp(("time" * 1000000)::bigint), '%Y-%m-%d') = $day)
