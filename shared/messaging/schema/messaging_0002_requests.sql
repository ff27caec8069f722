-- A request knows its message's key, so that it can be carried on when the process died half-way
-- depends: messaging_0001_reading

-- migrate: apply
alter table messaging.parked_requests add column topic text, add column key_class bytea;

-- migrate: rollback
alter table messaging.parked_requests drop column topic, drop column key_class;
