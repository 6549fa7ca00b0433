-- The compile behind a version: of itself, or of the last version before it that a model wrote. A kernel records the
-- compile right after what it published.
-- defaults: {"name": null, "version": null}
with made as materialized (
    select kernel, number
    from events
    where
        kind = 'revision'
        and name = $name
        and version <= $version
        and try_cast(data ->> '$.usage.calls' as bigint) > 0
    order by version desc, clock desc, kernel desc, number desc
    limit 1
)

select
    ran."time",
    ran.question,
    coalesce(told[1], '') as model,
    coalesce(try_cast(told[2] as bigint), 0) as tokens_in,
    coalesce(try_cast(told[3] as bigint), 0) as tokens_out,
    coalesce(try_cast(told[9] as bigint), 0) as tokens_cached,
    try_cast(told[4] as double) as usd,
    coalesce(try_cast(told[5] as double), 0.0) as seconds,
    coalesce(ran.notebook, '') as notebook,
    ran.kernel,
    ran.kernel || '.' || ran.number as answer
from (
    select
        *,
        json_extract_string(data, [
            '$.usage.model', '$.usage.tokens_in', '$.usage.tokens_out', '$.usage.usd', '$.usage.seconds', '$.recheck',
            '$.binder', '$.critic', '$.usage.tokens_cached'
        ]) as told
    from events
    where kind = 'run' and name = $name
) as ran
join made on ran.kernel = made.kernel and ran.number > made.number
where told[6] is null and told[7] is null and told[8] is null
order by ran.number
limit 1
