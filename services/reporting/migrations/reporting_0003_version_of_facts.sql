-- Which version of the facts the live ones are, so that earlier ones are told from later ones
-- depends: reporting_0002_publications

-- migrate: apply
alter table reporting.live add column version integer not null default 0;

-- migrate: rollback
alter table reporting.live drop column version;
