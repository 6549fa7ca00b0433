-- What the first view of the panel counts beside `savings`: the newest questions, calls of models, and how long a hit of
-- late takes.
-- defaults: {"last": 50, "timed": 1000}
with newest as (
    select kind
    from events
    where kind in ('hit', 'miss')
    order by clock desc, kernel desc, number desc
    limit $last
),

timed as (
    select seconds
    from events
    where kind = 'hit'
    order by clock desc, kernel desc, number desc
    limit $timed
)

select
    (select count(*) from newest) as last_questions,
    (select count(*) from newest where kind = 'hit') as last_hits,
    (select coalesce(sum(calls), 0)::bigint from runs) as calls,
    (select median(seconds) from timed) as hit_seconds
