-- The view of the log. `folded` has one row per event; the columns after `kind` are taken out of `data` for the queries.
create table folded (
    segment varchar, kernel varchar, number bigint, clock bigint, "time" double, kind varchar,
    name varchar, version bigint, question varchar, tier varchar, seconds double, notebook varchar, data json
);

-- How far each segment was folded: offset in bytes and check sum of the last line, written together with its rows.
create table segments (name varchar primary key, place bigint not null, last varchar not null);

-- What could not be read, so that a later fold, which starts behind it, does not forget it.
create table damage (segment varchar, place bigint, what varchar, primary key (segment, place));
