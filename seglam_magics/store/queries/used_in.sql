-- The notebooks that a procedure has answered in, the last one first.
-- defaults: {"name": null, "limit": 20}
select coalesce(notebook, '') as notebook, count(*) as hits, max("time") as last_used
from events
where kind = 'hit' and name = $name
group by all
order by last_used desc, notebook
limit $limit
