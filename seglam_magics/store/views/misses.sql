-- Questions that no stored procedure answered, and what stood in the way.
select
    make_timestamp(("time" * 1000000)::bigint) as time,
    question,
    data ->> '$.reason' as reason,
    data ->> '$.nearest' as nearest,
    data ->> '$.blocked' as blocked,
    coalesce(notebook, '') as notebook,
    kernel,
    number
from events
where kind = 'miss'
