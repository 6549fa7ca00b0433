-- Every procedure at its head, most recently used first.
-- What a hit saves is what compiling had cost: of the revision that served it, or (a human's correction cost no tokens) of
-- the last one before it that a model wrote. `usd` is null where the price is unknown; `saved_usd` then counts the hits
-- whose price is known, and `unpriced` the others.
-- defaults: {}
with ranked as (
    select
        *,
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
        *,
        last_value(own ignore nulls) over (
            partition by name order by version rows between unbounded preceding and current row
        ) as cost,
        row_number() over (partition by name order by version desc) = 1 as is_head
    from ranked
),

served as (
    select name, version, count(*) as hits
    from events
    where kind = 'hit'
    group by name, version
),

savings as (
    select
        served.name,
        sum(hits) as hits,
        coalesce(sum(hits * cost.tokens), 0) as tokens,
        sum(hits * cost.usd) as usd,
        coalesce(sum(hits * cost.seconds), 0) as seconds,
        coalesce(sum(hits) filter (where cost.usd is null), 0) as unpriced
    from served left join revisions using (name, version)
    group by served.name
),

used as (
    select
        name,
        count(*) filter (where kind = 'run' and data ->> '$.ok' = 'true') as compiled,
        max("time") filter (where kind in ('hit', 'run')) as last_used
    from events
    where kind in ('hit', 'run') and data ->> '$.recheck' is null
    group by name
),

retirement as (
    select name, kind = 'retire' as retired
    from events
    where kind in ('retire', 'restore')
    qualify row_number() over (partition by name order by clock desc, kernel desc, number desc) = 1
),

pins as (
    select name, case when kind = 'pin' then version end as pinned
    from events
    where kind in ('pin', 'unpin')
    qualify row_number() over (partition by name order by clock desc, kernel desc, number desc) = 1
)

select
    head.name,
    head.version as number,
    coalesce(head.data ->> '$.summary', '') as summary,
    coalesce(json_array_length(head.data, '$.templates'), 0)::bigint as templates,
    coalesce(savings.hits, 0)::bigint as hits,
    coalesce(used.compiled, 0) as compiled,
    used.last_used,
    coalesce(nullif(try_cast(head.data ->> '$.created' as double), 0), head."time") as created,
    coalesce(head.data ->> '$.author', '') as author,
    coalesce(retirement.retired, false) as retired,
    pins.pinned,
    head.cost.tokens as tokens,
    head.cost.usd as usd,
    head.cost.seconds as seconds,
    coalesce(savings.tokens, 0)::bigint as saved_tokens,
    case when savings.hits is null and head.cost.usd is not null then 0.0 else savings.usd end as saved_usd,
    coalesce(savings.seconds, 0.0) as saved_seconds,
    coalesce(savings.unpriced, 0)::bigint as unpriced
from revisions as head
left join savings using (name)
left join used using (name)
left join retirement using (name)
left join pins using (name)
where head.is_head
order by used.last_used desc nulls last, head.name
