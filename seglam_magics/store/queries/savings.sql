-- What was asked, spent and saved: in all, or by day, notebook or tier (`by`: total, day, notebook, tier).
-- Spent is what runs and failures used: a compile is recorded as one or the other, and has no tier. Saved is, for every
-- hit, what compiling its procedure had cost. Money counts what has a known price (null: nothing has), `unpriced` the hits
-- that have none.
-- defaults: {"by": "total"}
with spent as (
    select
        case when $by = 'day' then to_timestamp(epoch(time))::date end as day,
        case when $by = 'notebook' then notebook end as part,
        sum(tokens_in + tokens_out) as tokens,
        sum(usd) as usd,
        sum(seconds) as seconds
    from runs
    group by day, part
),

counted as (
    select
        case when $by = 'day' then to_timestamp("time")::date end as day,
        case $by when 'notebook' then notebook when 'tier' then tier end as part,
        kind,
        name,
        version,
        count(*) as questions
    from events
    where kind in ('hit', 'miss')
    group by all
),

asked as (
    select
        day,
        part,
        kind,
        sum(questions) as questions,
        sum(questions * saves_tokens) as tokens,
        sum(questions * saves_usd) as usd,
        sum(questions * saves_seconds) as seconds,
        coalesce(sum(questions) filter (where saves_usd is not null), 0) as priced
    from counted
    left join (select name, version, saves_tokens, saves_usd, saves_seconds from revisions) using (name, version)
    group by day, part, kind
),

told as (
    select
        day, part, kind, questions, 0 as spent_tokens, null::double as spent_usd, 0.0 as spent_seconds,
        case when kind = 'hit' then coalesce(tokens, 0) else 0 end as saved_tokens,
        case when kind = 'hit' then usd end as saved_usd,
        case when kind = 'hit' then coalesce(seconds, 0) else 0 end as saved_seconds,
        case when kind = 'hit' then questions - priced else 0 end as unpriced
    from asked
    union all
    select day, part, 'run', 0, tokens, usd, coalesce(seconds, 0), 0, null, 0, 0
    from spent
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
    coalesce(sum(questions) filter (where kind = 'hit'), 0) / nullif(sum(questions), 0) as rate,
    sum(spent_tokens)::bigint as spent_tokens,
    sum(spent_usd) as spent_usd,
    sum(spent_seconds)::double as spent_seconds,
    sum(saved_tokens)::bigint as saved_tokens,
    sum(saved_usd) as saved_usd,
    sum(saved_seconds)::double as saved_seconds,
    sum(unpriced)::bigint as unpriced
from told
group by period
order by period
