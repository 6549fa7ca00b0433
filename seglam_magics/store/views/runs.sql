-- Work of a model: compiles, critics, checks of hits, and confirmations; what failed as well. `usd` is null where no price
-- is known.
select
    make_timestamp(("time" * 1000000)::bigint) as time,
    kernel || '.' || number as answer,
    question,
    name,
    case
        when told[1] = 'true' then 'recheck'
        when told[2] = 'true' then 'confirm'
        when told[11] = 'true' then 'criticise'
        else 'compile'
    end as purpose,
    kind = 'run' as ok,
    told[3] as model,
    coalesce(try_cast(told[4] as bigint), 0) as calls,
    coalesce(try_cast(told[5] as bigint), 0) as tokens_in,
    coalesce(try_cast(told[6] as bigint), 0) as tokens_out,
    coalesce(try_cast(told[12] as bigint), 0) as tokens_cached,
    try_cast(told[7] as double) as usd,
    coalesce(try_cast(told[8] as double), 0.0) as seconds,
    told[9] as code,
    told[10] as message,
    inputs,
    notebook,
    kernel,
    number
from (
    select
        "time", kind, name, question, coalesce(notebook, '') as notebook, kernel, number, data -> '$.inputs' as inputs,
        json_extract_string(data, [
            '$.recheck', '$.binder', '$.usage.model', '$.usage.calls', '$.usage.tokens_in', '$.usage.tokens_out',
            '$.usage.usd', '$.usage.seconds', '$.code', '$.message', '$.critic',
            '$.usage.tokens_cached'
        ]) as told
    -- each kind by itself: DuckDB then skips what it need not read, with `in` it reads the data of every event
    from (from events where kind = 'run' union all from events where kind = 'failed')
)
