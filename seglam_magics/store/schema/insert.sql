-- Lines (beside the names of their segments) into the table {table}. What is no event is left out; the caller counts.
insert into {table}
select
    segment,
    e.kernel, e.number, e.clock, e."time", e.kind,
    coalesce(e.data ->> '$.name', nullif(split_part(e.data ->> '$.procedure', '@', 1), '')),
    try_cast(coalesce(e.data ->> '$.number', split_part(e.data ->> '$.procedure', '@', 2)) as bigint),
    e.data ->> '$.question',
    e.data ->> '$.tier',
    try_cast(e.data ->> '$.seconds' as double),
    e.data ->> '$.notebook',
    e.data
from (
    select
        segment,
        json_transform(
            line,
            '{{"kernel":"VARCHAR","number":"BIGINT","clock":"BIGINT","time":"DOUBLE","kind":"VARCHAR","data":"JSON"}}'
        ) as e
    from (select unnest($segments::varchar[]) as segment, unnest($lines::varchar[]) as line)
    where json_valid(line)
)
where e.number is not null and e.clock is not null and e."time" is not null and e.kind is not null and e.data is not null
