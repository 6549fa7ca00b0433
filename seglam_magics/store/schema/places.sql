-- How far segments were folded; in the transaction of their rows.
insert or replace into segments
select unnest($names::varchar[]), unnest($places::bigint[]), unnest($lasts::varchar[])
