-- The newest runs of a model that came to a procedure and to which nothing was said: tokens of thinking and of the answer,
-- properties, and the kind of data they were about.
-- defaults: {"model": "", "limit": 200}
with told as (
    select
        data ->> '$.run' as run,
        bool_or(data ->> '$.what' = 'said') as spoken_to,
        arg_max(data, clock) filter (where data ->> '$.what' = 'now') as now
    from events
    where kind = 'thinking'
    group by run
)

select
    coalesce(now ->> '$.kind', '') as kind,
    coalesce(try_cast(now ->> '$.tokens_thinking' as bigint), 0) as thinking,
    coalesce(try_cast(now ->> '$.tokens_answer' as bigint), 0) as answer,
    coalesce(try_cast(now ->> '$.properties' as bigint), 0) as properties
from told
where
    not spoken_to
    and now ->> '$.state' = 'done'
    and now ->> '$.model' = $model
    and coalesce(try_cast(now ->> '$.tokens_answer' as bigint), 0) > 0
order by try_cast(now ->> '$.began' as double) desc
limit $limit
