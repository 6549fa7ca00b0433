-- What was learned when procedures of these names were written, the newest first, each lesson once.
-- defaults: {"names": [], "limit": 3}
select lesson
from (
    select data ->> '$.lesson' as lesson, max(clock) as latest
    from events
    where kind = 'run' and list_contains($names, name) and data ->> '$.lesson' <> ''
    group by lesson
)
order by latest desc, lesson
limit $limit
