-- The answers of a procedure: how many hits there were, when the first and last were, and the latest ten.
-- defaults: {"name": null}
with answers as materialized (
    select "time", kernel || '.' || number as answer, question, coalesce(notebook, '') as notebook
    from events
    where kind = 'hit' and name = $name
)

select
    count(*) as hits,
    min("time") as first,
    max("time") as last,
    (
        select json_group_array(json_object('answer', answer, 'time', "time", 'question', question, 'notebook', notebook))
        from (from answers order by "time" desc, answer desc limit 10)
    ) as latest
from answers
