-- Streams of which a message came late: one that had been missing, after later ones had been folded
-- depends: reporting_0003_version_of_facts

-- migrate: apply
-- Each is folded anew from the log, in its numbers' order, and leaves this table in the same transaction.
create table reporting.late_streams (
    topic text not null,
    stream_id uuid not null,
    partition integer not null,
    noticed_at timestamptz not null default now(),
    primary key (topic, stream_id)
);

-- migrate: rollback
drop table reporting.late_streams;
