-- What a consumer remembers: how far each stream and partition was applied, holes, parked and discarded messages
-- depends:

-- migrate: apply
create schema if not exists messaging;

-- The last public event of each stream that took effect here: what is not newer is dropped (G2).
create table messaging.stream_position (
    topic text not null,
    stream_id uuid not null,
    sequence bigint not null,
    primary key (topic, stream_id)
) with (fillfactor = 80);

-- How far each partition was applied, in the same transaction as the effects. Compared with the topic itself, so that
-- a topic restored from an older copy, or a database restored from an older backup, is noticed.
create table messaging.partition_position (
    topic text not null,
    partition integer not null,
    next_offset bigint not null,
    accepted_at timestamptz,
    primary key (topic, partition)
) with (fillfactor = 50);

-- A stream's number that was skipped: noticed and kept, never a reason to stop.
create table messaging.holes (
    topic text not null,
    stream_id uuid not null,
    expected bigint not null,
    found bigint not null,
    noticed_at timestamptz not null default now(),
    primary key (topic, stream_id, expected)
);

-- Messages that could not take effect, as they came, in the order they came; later ones of a key wait behind its first.
create table messaging.parked (
    id bigint generated always as identity primary key,
    fingerprint bytea not null unique,
    topic text not null,
    partition integer not null,
    record_offset bigint not null,
    key bytea,
    header_names bytea[] not null,
    header_values bytea[] not null,
    value bytea,
    key_class bytea not null,
    state text not null check (state in ('parked', 'behind')),
    reason text not null,
    error text not null,
    attempts integer not null,
    type text,
    stream_id uuid,
    sequence bigint,
    concern boolean not null,
    parked_at timestamptz not null default now()
);
create index parked_by_key on messaging.parked (topic, key_class, id);

-- What people asked for; the running consumer carries it out, with the service's own handler.
create table messaging.parked_requests (
    id bigint generated always as identity primary key,
    parked_id bigint not null,
    action text not null check (action in ('retry', 'discard')),
    reason text,
    requested_by text not null,
    requested_at timestamptz not null default now(),
    done_at timestamptz,
    outcome text,
    detail text,
    applied integer not null default 0
);
create index parked_requests_open on messaging.parked_requests (id) where done_at is null;

-- Recorded decisions: a message that shall never take effect, known again by its content.
create table messaging.discarded (
    fingerprint bytea primary key,
    topic text not null,
    type text,
    stream_id uuid,
    sequence bigint,
    reason text not null,
    discarded_by text not null,
    discarded_at timestamptz not null
);

-- migrate: rollback
drop schema messaging cascade;
