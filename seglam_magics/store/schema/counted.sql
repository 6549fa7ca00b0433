-- Events that were folded, and those that are there.
select (select sum(events) from tally) as told, (select count(*) from folded) as there
