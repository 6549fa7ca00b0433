-- What other kernels than this one spent on a day (in UTC), over everything that calls a model. Money counts what has a
-- known price.
-- defaults: {"day": null, "kernel": ""}
select
    coalesce(sum(usd), 0.0) as usd,
    coalesce(sum(tokens_in + tokens_out), 0)::bigint as tokens
from runs
where
    kernel <> $kernel
    and ($day is null or (epoch(time) >= epoch($day::date) and epoch(time) < epoch($day::date) + 86400))
