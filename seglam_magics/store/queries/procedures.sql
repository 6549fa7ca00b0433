-- Every procedure at its head, most recently used first; what its columns mean is said in views/procedures.sql.
-- defaults: {"limit": null}
select
    name, version as number, summary, templates, hits, compiled, epoch(last_used) as last_used, epoch(created) as created,
    author, retired, pinned, tokens, usd, seconds, saved_tokens, saved_usd, saved_seconds, unpriced
from procedures
order by last_used desc nulls last, name
limit $limit
