-- One answer by its kernel and number: what was asked and how it was answered. For a compile the miss before it says why.
-- defaults: {"kernel": "", "number": 0}
with answered as materialized (
    select *
    from events
    where kernel = $kernel and number = $number and kind in ('hit', 'run')
)

select
    "time",
    kind,
    question,
    coalesce(notebook, '') as notebook,
    kernel,
    name,
    coalesce(version, (
        select max(made.version)
        from events as made
        where made.kind = 'revision' and made.name = (select name from answered) and made.clock <= (select clock from answered)
    )) as version,
    tier,
    seconds,
    data ->> '$.where' as place,
    data -> '$.slots' as slots,
    data -> '$.inputs' as inputs,
    case when kind = 'run' then (
        select max_by(missed.data ->> '$.reason', missed.number)
        from events as missed
        where
            missed.kind = 'miss'
            and missed.kernel = $kernel
            and missed.number < $number
            and missed.question = (select question from answered)
    ) end as reason
from answered
