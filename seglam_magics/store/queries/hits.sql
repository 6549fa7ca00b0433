-- Questions by day and tier; the tier of a miss is null. `share` is this row's part of the day, `rate` the day's hit rate.
-- defaults: {"notebook": null}
with counted as materialized (
    select
        to_timestamp("time")::date as day,
        case when kind = 'hit' then coalesce(tier, 'other') end as tier,
        count(*) as questions
    from events
    where kind in ('hit', 'miss') and ($notebook is null or notebook = $notebook)
    group by all
)

select
    strftime(day, '%Y-%m-%d') as day,
    tier,
    questions,
    questions / sum(questions) over days as share,
    coalesce(sum(questions) filter (where tier is not null) over days, 0) / sum(questions) over days as rate
from counted
window days as (partition by day)
order by day, tier nulls last
