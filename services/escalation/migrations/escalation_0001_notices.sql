-- Who is to be told of what, and whether they were
-- depends:

-- migrate: apply
create schema escalation;

-- One row a recipient: a person in a role, or a role where nobody is named. Written in the transaction of the event
-- that gives rise to it. Codes, references and moments only; where they are reached stands in no database.
create table escalation.notices (
    id            uuid primary key,
    escalation_id uuid not null,
    version       integer not null,
    authority     text not null,
    kind          text not null,
    category      text not null,
    unit          text not null,
    audit_id      uuid,
    role          text not null,
    person        uuid,
    roles         text[] not null,
    due_at        timestamptz,
    clock_number  integer not null,
    happened_at   timestamptz not null,
    created_at    timestamptz not null,
    state         text not null default 'waiting'
                  check (state in ('waiting', 'failed', 'sent', 'overtaken', 'given-up')),
    reason        text,
    channel       text,
    attempts      integer not null default 0,
    next_at       timestamptz not null,
    give_up_at    timestamptz not null,
    tried_for     interval not null,
    lease         uuid,
    leased_until  timestamptz,
    settled_at    timestamptz
);

comment on column escalation.notices.id is
    'Made of stream, version, kind, role and person: the Message-ID of every attempt, so that receivers see a repeat.';
comment on column escalation.notices.version is 'Of the stream, at the event that gave rise to it.';
comment on column escalation.notices.state is
    'waiting: not tried; failed: tried in vain, and tried again at next_at; the other three are settled.';

create index notices_due on escalation.notices (next_at) where state in ('waiting', 'failed');
create index notices_of on escalation.notices (escalation_id, version);
create index notices_given_up on escalation.notices (created_at) where state = 'given-up';

-- migrate: rollback
drop schema escalation cascade;
