-- Every version of every procedure. `tokens`, `usd` and `seconds` are what compiling it had cost, null where nothing was
-- compiled; a hit of it saves what `saves_…` says: that, or (a correction by hand cost no tokens) what compiling the last
-- version before it had cost that a model wrote. `usd` is null where no price is known.
with read as materialized (
    select
        "time", clock, kernel, number, name, version,
        json_extract_string(data, [
            '$.proc_id', '$.author', '$.parent', '$.summary', '$.question', '$.model', '$.verdict.ok',
            '$.verdict.tier', '$.templates', '$.requires', '$.created', '$.usage.calls', '$.usage.tokens_in',
            '$.usage.tokens_out', '$.usage.usd', '$.usage.seconds'
        ]) as told
    from events
    where kind = 'revision' and name is not null and version is not null
),

priced as materialized (
    select
        *,
        case
            when try_cast(told[12] as bigint) > 0
                then struct_pack(
                    tokens := coalesce(try_cast(told[13] as bigint), 0) + coalesce(try_cast(told[14] as bigint), 0),
                    usd := try_cast(told[15] as double),
                    seconds := try_cast(told[16] as double)
                )
        end as own
    from read
    qualify row_number() over (partition by name, version order by clock desc, kernel desc, number desc) = 1
),

known as (
    select
        *,
        last_value(own ignore nulls) over (
            partition by name order by version rows between unbounded preceding and current row
        ) as cost,
        row_number() over (partition by name order by version desc) = 1 as head
    from priced
)

select
    make_timestamp(("time" * 1000000)::bigint) as time,
    name || '@' || version as procedure,
    name,
    version,
    told[1] as proc_id,
    coalesce(told[2], '') as author,
    told[3] as parent,
    coalesce(told[4], '') as summary,
    coalesce(told[5], '') as question,
    coalesce(told[6], '') as model,
    coalesce(told[7] = 'true', false) as verified,
    coalesce(told[8], '') as isolation,
    coalesce(json_array_length(try_cast(told[9] as json)), 0)::bigint as templates,
    try_cast(told[10] as json) as requires,
    own.tokens as tokens,
    own.usd as usd,
    own.seconds as seconds,
    cost.tokens as saves_tokens,
    cost.usd as saves_usd,
    cost.seconds as saves_seconds,
    make_timestamp((
        case when try_cast(told[11] as double) between 1 and 253402300799 then told[11]::double else "time" end * 1000000
    )::bigint) as created,
    head,
    kernel,
    number
from known
