-- How much of what boards decided a published report has
-- depends: reporting_0005_successors

-- migrate: apply
-- The day it was made, and up to which version it has each stream of decisions; null where it was made before.
alter table reporting.publications add column decided jsonb;

-- migrate: rollback
alter table reporting.publications drop column decided;
