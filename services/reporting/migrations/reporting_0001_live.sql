-- Which build of the fact tables is the live one
-- depends:

-- migrate: apply
create schema if not exists reporting;

-- Numbers the schemas that hold facts: facts_1, facts_2, ...
create sequence reporting.builds;

-- One row: the schema whose facts count, the shape of its tables (a digest of their SQL), and since when.
create table reporting.live (
    "only" boolean primary key default true check ("only"),
    schema_name text not null,
    shape text not null,
    switched_at timestamptz not null default now()
);

-- migrate: rollback
drop schema reporting cascade;
