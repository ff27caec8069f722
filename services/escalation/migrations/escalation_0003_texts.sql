-- Who read which text, and whose children are erased
-- depends: escalation_0001_notices

-- migrate: apply

-- Each reading of free text: by whom, of which audit escalation, which boxes, when. Names of boxes, never their text.
create table escalation.text_readings (
    reading        bigint generated always as identity primary key,
    escalation_id  uuid not null,
    authority      text not null,
    case_reference uuid,
    reader         uuid not null,
    reader_role    text not null,
    what           text not null,
    boxes          text[] not null,
    read_at        timestamptz not null
);
create index text_readings_of_authority on escalation.text_readings (authority, reading);
create index text_readings_of_escalation on escalation.text_readings (escalation_id, reading);

-- Every child whose erasure was heard of, with or without an audit escalation: a restored key is destroyed again.
create table escalation.erased_children (
    reference uuid primary key,
    erased_at timestamptz not null
);

-- migrate: rollback
drop table escalation.erased_children;
drop table escalation.text_readings;
