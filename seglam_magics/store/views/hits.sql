-- Questions that a stored procedure answered.
select
    make_timestamp(("time" * 1000000)::bigint) as time,
    kernel || '.' || number as answer,
    question,
    name || coalesce('@' || version, '') as procedure,
    name,
    version,
    data ->> '$.proc_id' as proc_id,
    coalesce(tier, 'other') as tier,
    coalesce(data ->> '$.found', tier, 'other') as found,
    seconds,
    try_cast(data ->> '$.run_seconds' as double) as run_seconds,
    data ->> '$.where' as place,
    data -> '$.slots' as slots,
    data -> '$.inputs' as inputs,
    coalesce(notebook, '') as notebook,
    kernel,
    number
from events
where kind = 'hit'
