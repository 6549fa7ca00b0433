insert or replace into damage
select unnest($names::varchar[]), unnest($places::bigint[]), unnest($whats::varchar[])
