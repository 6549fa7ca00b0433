-- How many events were folded, written together with them: a file that holds more or fewer is not the one we wrote.
create table tally (events bigint not null);
insert into tally select count(*) from folded;
