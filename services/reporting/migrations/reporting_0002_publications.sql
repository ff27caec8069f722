-- Reports as they were published, for readers outside the QA unit
-- depends: reporting_0001_live

-- migrate: apply
-- One row: a report of a window as readers outside the QA unit may see it, never changed afterwards.
-- Every kind of a window is made from the same facts when its first one is published; the others wait, unpublished
-- (published_at is null), so that two kinds of a window cannot be subtracted from each other.
create table reporting.publications (
    authority text not null,
    kind text not null,
    window_key text not null,
    window_label text not null,
    content text not null,
    sha256 text not null,
    moment timestamptz not null,
    recorded_to timestamptz,
    positions jsonb not null,
    published_at timestamptz,
    published_by uuid,
    published_by_role text,
    idempotency_key text,
    fingerprint bytea,
    primary key (authority, kind, window_key),
    unique (authority, idempotency_key),
    check (num_nulls(published_at, published_by, published_by_role, idempotency_key, fingerprint) in (0, 5))
);

-- migrate: rollback
drop table reporting.publications;
