-- Questions by day and tier; the tier of a miss is null. `share` is this row's part of the day, `rate` the day's hit rate.
-- defaults: {"notebook": null}
select
    strftime(to_timestamp("time"), '%Y-%m-%d') as day,
    tier,
    count(*) as questions,
    count(*) / sum(count(*)) over days as share,
    coalesce(sum(count(*)) filter (where tier is not null) over days, 0) / sum(count(*)) over days as rate
from (
    select "time", case when kind = 'hit' then coalesce(tier, 'other') end as tier
    from events
    where kind in ('hit', 'miss') and ($notebook is null or notebook = $notebook)
)
group by day, tier
window days as (partition by strftime(to_timestamp("time"), '%Y-%m-%d'))
order by day, tier nulls last
