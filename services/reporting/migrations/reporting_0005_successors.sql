-- Versions of published reports, and what readers were given of each window
-- depends: reporting_0004_late_streams

-- migrate: apply
-- A successor is a row of its own beside the version it succeeds, which stays as it is. All kinds of a window's report
-- have the same version, made from the same facts. One command publishes every kind of a successor, so its key may
-- stand in several rows.
alter table reporting.publications
    add column version integer not null default 1 check (version >= 1),
    add column reason text,
    add column settings_version integer;
alter table reporting.publications drop constraint publications_pkey;
alter table reporting.publications drop constraint publications_authority_idempotency_key_key;
alter table reporting.publications add primary key (authority, kind, window_key, version);
alter table reporting.publications add unique (authority, idempotency_key, kind);

-- One row a version of a window: every count that its reports print, of this window and of those they compare it with
-- (null where it is hidden), and how many rows of facts they rest on. Later reports are held against it, so that nobody
-- who has several works out a hidden number. Versions from before this table have no row.
create table reporting.printed (
    authority text not null,
    window_key text not null,
    version integer not null,
    made bigint generated always as identity,
    printed jsonb not null,
    facts jsonb not null,
    settings_sha256 text not null,
    primary key (authority, window_key, version)
);

-- migrate: rollback
drop table reporting.printed;
delete from reporting.publications where version > 1;
alter table reporting.publications drop constraint publications_pkey;
alter table reporting.publications drop constraint publications_authority_idempotency_key_kind_key;
alter table reporting.publications drop column version, drop column reason, drop column settings_version;
alter table reporting.publications add primary key (authority, kind, window_key);
alter table reporting.publications add unique (authority, idempotency_key);
