-- Messages that are settled, by when: those kept long enough are deleted
-- depends: escalation_0001_notices

-- migrate: apply
create index notices_settled on escalation.notices (settled_at) where state in ('sent', 'overtaken', 'given-up');

-- migrate: rollback
drop index escalation.notices_settled;
