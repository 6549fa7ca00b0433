-- Questions, hits and misses in all, or by day, notebook or tier (`by`: total, day, notebook, tier; a miss has the tier "").
-- defaults: {"by": "total", "since": null}
with counted as materialized (
    select
        case when $by = 'day' then to_timestamp("time")::date end as day,
        case $by when 'notebook' then notebook when 'tier' then tier end as part,
        kind,
        count(*) as questions
    from events
    where kind in ('hit', 'miss') and ($since is null or "time" >= $since)
    group by all
)

select
    case $by
        when 'day' then strftime(day, '%Y-%m-%d')
        when 'notebook' then coalesce(part, '')
        when 'tier' then case when kind = 'hit' then coalesce(part, 'other') else '' end
        else 'total'
    end as period,
    sum(questions)::bigint as questions,
    coalesce(sum(questions) filter (where kind = 'hit'), 0)::bigint as hits,
    coalesce(sum(questions) filter (where kind = 'miss'), 0)::bigint as misses,
    coalesce(sum(questions) filter (where kind = 'hit'), 0) / sum(questions) as rate,
    sum(questions) / (select sum(questions) from counted) as share
from counted
group by period
order by period
