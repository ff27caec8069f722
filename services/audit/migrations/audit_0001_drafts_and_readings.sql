-- Drafts of audits as they are written, and who read which text
-- depends:

-- migrate: apply
create schema audit;

-- One row an audit that is being written. The row is what two writers take turns on; it is gone with the completion.
create table audit.drafts (
    audit_id       uuid primary key,
    case_reference uuid not null,
    version        bigint not null
);
create index on audit.drafts (case_reference);

-- Every value a box of a draft has had: none is overwritten while the draft lives, and the newest one stands.
-- All of it is sealed with the child's key, coded values as JSON: what is half written may stand in the wrong box.
-- Nothing sealed: the box was emptied.
create table audit.draft_boxes (
    audit_id    uuid not null references audit.drafts on delete cascade,
    box         text not null,
    version     bigint not null,
    editor      uuid not null,
    editor_role text not null,
    written_at  timestamptz not null,
    coded       boolean not null,
    sealed      text,
    primary key (audit_id, box, version)
);

-- Each reading of free text: by whom, of which audit, which boxes, when. The boxes' names only, never what they hold.
create table audit.text_readings (
    reading        bigint generated always as identity primary key,
    audit_id       uuid not null,
    authority      text not null,
    case_reference uuid not null,
    reader         uuid not null,
    reader_role    text not null,
    what           text not null,
    boxes          text[] not null,
    read_at        timestamptz not null
);
create index on audit.text_readings (authority, reading);
create index on audit.text_readings (audit_id, reading);
create index on audit.text_readings (case_reference, reading);

-- migrate: rollback
drop schema audit cascade;
