-- What every procedure has cost and saved, and after how many hits it pays: `needed` hits give back what was spent on it.
-- Spent are its compiles, checks and confirmations; where its compiles are in no log (it came from elsewhere), what its
-- versions say. It is counted in money where all prices are known (`counted` says `usd`), else in tokens; `needed` is null
-- where a hit saves nothing.
-- defaults: {"name": null, "limit": null}
with own as (
    select
        name,
        coalesce(sum(tokens), 0) as tokens,
        sum(usd) as usd,
        count(*) filter (where tokens is not null and usd is null) as unpriced,
        coalesce(sum(seconds), 0) as seconds
    from revisions
    where $name is null or name = $name
    group by name
),

ran as (
    select
        name,
        count(*) filter (where ok and purpose = 'compile' and calls > 0) as compiles,
        coalesce(sum(tokens_in + tokens_out), 0) as tokens,
        sum(usd) as usd,
        count(*) filter (where calls > 0 and usd is null) as unpriced,
        sum(seconds) as seconds
    from runs
    where name is not null
    group by name
),

hit as (
    select name, sum(seconds) as seconds
    from events
    where kind = 'hit'
    group by name
),

priced as (
    select
        head.name,
        head.hits,
        head.tokens as per_hit_tokens,
        head.usd as per_hit_usd,
        case when coalesce(compiles, 0) > 0 then ran.tokens else own.tokens + coalesce(ran.tokens, 0) end::bigint
            as spent_tokens,
        case
            when coalesce(compiles, 0) > 0 then ran.usd
            when own.usd is null then ran.usd
            else own.usd + coalesce(ran.usd, 0)
        end as spent_usd,
        case when coalesce(compiles, 0) > 0 then ran.seconds else own.seconds + coalesce(ran.seconds, 0) end
            as spent_seconds,
        head.saved_tokens,
        head.saved_usd,
        head.saved_seconds,
        coalesce(hit.seconds, 0.0) as hit_seconds,
        case when coalesce(compiles, 0) > 0 then 0 else own.unpriced end + coalesce(ran.unpriced, 0) + head.unpriced = 0
        and head.usd > 0
        and (ran.usd is not null or own.usd is not null) as in_money
    from procedures as head
    left join own using (name)
    left join ran using (name)
    left join hit using (name)
    where $name is null or head.name = $name
)

select
    name,
    hits,
    spent_tokens,
    spent_usd,
    spent_seconds,
    saved_tokens,
    saved_usd,
    saved_seconds,
    hit_seconds,
    case when in_money then 'usd' else 'tokens' end as counted,
    case
        when in_money then ceil(round(spent_usd / per_hit_usd, 6))
        when per_hit_tokens > 0 then ceil(spent_tokens / per_hit_tokens)
    end::bigint as needed,
    coalesce(case when in_money then saved_usd >= spent_usd - 1e-9 else saved_tokens >= spent_tokens end, false) as reached
from priced
order by saved_tokens desc, name
limit $limit
