-- Questions that a stored procedure answered, without those whose last label says that the answer was wrong.
with labels as (
    select question, data ->> '$.proc_id' as proc_id, data ->> '$.right' as held
    from events
    where kind = 'label'
    qualify row_number() over (partition by question, proc_id order by clock desc, kernel desc, number desc) = 1
),

hits as (
    select question, data ->> '$.proc_id' as proc_id, count(*) as hits
    from events
    where kind = 'hit' and question is not null
    group by all
)

select question, proc_id, hits
from hits
anti join (select * from labels where held = 'false') as wrong using (question, proc_id)
order by proc_id, question
