-- In the transaction of the rows.
update tally set events = events + $events
