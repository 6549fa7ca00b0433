-- What the checks in the background did on a day (in UTC): how many there were, failed ones too, and what they cost.
-- Money counts what has a known price.
-- defaults: {"day": null}
select count(*) as checks, coalesce(sum(usd), 0.0) as usd
from runs
where purpose = 'recheck' and ($day is null or (epoch(time) >= epoch($day::date) and epoch(time) < epoch($day::date) + 86400))
