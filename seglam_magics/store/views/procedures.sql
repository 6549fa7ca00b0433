-- Every procedure at its newest version. Money counts the hits whose price is known, `unpriced` counts the others; it is
-- null where no price is known at all.
with known as materialized (
    select
        procedure, name, version, proc_id, summary, author, templates, created, head,
        saves_tokens, saves_usd, saves_seconds
    from revisions
),

served as (
    select name, version, count(*) as hits, max("time") as latest
    from events
    where kind = 'hit'
    group by name, version
),

saved as (
    select
        served.name,
        sum(hits) as hits,
        max(latest) as latest,
        coalesce(sum(hits * saves_tokens), 0) as tokens,
        sum(hits * saves_usd) as usd,
        coalesce(sum(hits * saves_seconds), 0) as seconds,
        coalesce(sum(hits) filter (where saves_usd is null), 0) as unpriced
    from served left join known using (name, version)
    group by served.name
),

compiled as (
    select name, count(*) filter (where ok and purpose = 'compile') as compiled, max(time) as latest
    from runs
    where ok and purpose <> 'recheck'
    group by name
),

retirement as (
    select name, max_by(kind, struct_pack(clock, kernel, number)) = 'retire' as retired
    from events
    where kind in ('retire', 'restore')
    group by name
),

pins as (
    select
        name,
        max_by(struct_pack(pinned := case when kind = 'pin' then version end), struct_pack(clock, kernel, number)).pinned
            as pinned
    from events
    where kind in ('pin', 'unpin')
    group by name
)

select
    head.name,
    head.version,
    head.procedure,
    head.proc_id,
    head.summary,
    head.author,
    head.templates,
    coalesce(saved.hits, 0)::bigint as hits,
    coalesce(compiled.compiled, 0) as compiled,
    greatest(make_timestamp((saved.latest * 1000000)::bigint), compiled.latest) as last_used,
    head.created,
    coalesce(retirement.retired, false) as retired,
    pins.pinned,
    head.saves_tokens as tokens,
    head.saves_usd as usd,
    head.saves_seconds as seconds,
    coalesce(saved.tokens, 0)::bigint as saved_tokens,
    case when saved.hits is null and head.saves_usd is not null then 0.0 else saved.usd end as saved_usd,
    coalesce(saved.seconds, 0.0) as saved_seconds,
    coalesce(saved.unpriced, 0)::bigint as unpriced
from known as head
left join saved using (name)
left join compiled using (name)
left join retirement using (name)
left join pins using (name)
where head.head
