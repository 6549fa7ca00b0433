-- The version of a procedure that answered, and the columns it demands. Read from its event alone, not by the view of all.
-- defaults: {"name": null, "version": null}
select
    "time",
    name || '@' || version as procedure,
    told[1] as proc_id,
    coalesce(told[2], '') as author,
    told[3] as parent,
    coalesce(told[4], '') as summary,
    coalesce(told[5], '') as question,
    coalesce(told[6], '') as model,
    coalesce(told[7] = 'true', false) as verified,
    coalesce(told[8], '') as isolation,
    told[9] as requires,
    kernel
from (
    select
        *,
        json_extract_string(data, [
            '$.proc_id', '$.author', '$.parent', '$.summary', '$.question', '$.model', '$.verdict.ok', '$.verdict.tier',
            '$.requires'
        ]) as told
    from events
    where kind = 'revision' and name = $name and version = $version
    order by clock desc, kernel desc, number desc
    limit 1
)
