-- What people and checks decided about procedures: retire, pin, reject, alias, label, merge and what takes them back.
select
    make_timestamp(("time" * 1000000)::bigint) as time,
    kind,
    name || coalesce('@' || version, '') as procedure,
    name,
    version,
    question,
    data,
    kernel,
    number
from events
where kind not in ('hit', 'miss', 'run', 'failed', 'revision', 'thinking')
