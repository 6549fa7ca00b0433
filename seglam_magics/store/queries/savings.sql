-- What was asked, spent and saved: in all, or by day or notebook (`by`: total, day, notebook).
-- Spent is what runs and failures used: a compile is recorded as one or the other. Saved is, for every hit, what compiling
-- its procedure had cost. Money counts what has a known price (null: nothing has), `unpriced` the hits that have none.
-- defaults: {"by": "total"}
with ranked as (
    select
        name, version,
        case
            when try_cast(data ->> '$.usage.calls' as bigint) > 0
                then struct_pack(
                    tokens := coalesce(try_cast(data ->> '$.usage.tokens_in' as bigint), 0)
                    + coalesce(try_cast(data ->> '$.usage.tokens_out' as bigint), 0),
                    usd := try_cast(data ->> '$.usage.usd' as double),
                    seconds := try_cast(data ->> '$.usage.seconds' as double)
                )
        end as own
    from events
    where kind = 'revision' and name is not null and version is not null
    qualify row_number() over (partition by name, version order by clock desc, kernel desc, number desc) = 1
),

revisions as (
    select
        name, version,
        last_value(own ignore nulls) over (
            partition by name order by version rows between unbounded preceding and current row
        ) as cost
    from ranked
),

told as (
    select
        events.*,
        case $by
            when 'day' then strftime(to_timestamp("time"), '%Y-%m-%d')
            when 'notebook' then coalesce(notebook, '')
            else 'total'
        end as period,
        coalesce(try_cast(data ->> '$.usage.tokens_in' as bigint), 0)
        + coalesce(try_cast(data ->> '$.usage.tokens_out' as bigint), 0) as tokens,
        try_cast(data ->> '$.usage.usd' as double) as usd,
        try_cast(data ->> '$.usage.seconds' as double) as model_seconds,
        kind in ('run', 'failed') as spends
    from events
    where kind in ('hit', 'miss', 'run', 'failed')
)

select
    period,
    count(*) filter (where kind in ('hit', 'miss')) as questions,
    count(*) filter (where kind = 'hit') as hits,
    count(*) filter (where kind = 'miss') as misses,
    count(*) filter (where kind = 'hit') / nullif(count(*) filter (where kind in ('hit', 'miss')), 0) as rate,
    coalesce(sum(told.tokens) filter (where spends), 0)::bigint as spent_tokens,
    sum(told.usd) filter (where spends) as spent_usd,
    coalesce(sum(model_seconds) filter (where spends), 0.0) as spent_seconds,
    coalesce(sum(cost.tokens) filter (where kind = 'hit'), 0)::bigint as saved_tokens,
    sum(cost.usd) filter (where kind = 'hit') as saved_usd,
    coalesce(sum(cost.seconds) filter (where kind = 'hit'), 0.0) as saved_seconds,
    count(*) filter (where kind = 'hit' and cost.usd is null) as unpriced
from told left join revisions using (name, version)
group by period
order by period
