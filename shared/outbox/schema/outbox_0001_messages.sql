-- The outbox as a queue table: a message leaves it when Kafka has acknowledged it
-- depends:

-- migrate: apply
CREATE SCHEMA outbox;

-- CACHE 1: a stream's later message must never have the smaller id (a session's cached numbers would break that).
CREATE TABLE outbox.messages (
    id         bigint GENERATED ALWAYS AS IDENTITY (CACHE 1) PRIMARY KEY,
    topic      text NOT NULL,
    key        bytea NOT NULL,
    key_hash   integer NOT NULL,
    headers    text NOT NULL,
    value      bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
) WITH (
    -- Every row is deleted soon after it came: vacuum by number of dead rows, at once, and keep the pages.
    autovacuum_vacuum_threshold = 1000,
    autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_insert_threshold = -1,
    autovacuum_vacuum_cost_delay = 0,
    vacuum_truncate = off
);

COMMENT ON TABLE outbox.messages IS
    'Public events not yet acknowledged by Kafka. Rows are sent in the order of their ids and deleted one by one.';
COMMENT ON COLUMN outbox.messages.topic IS 'The topic by the name of the contracts, without the installation''s prefix.';
COMMENT ON COLUMN outbox.messages.key_hash IS 'murmur2 of the key without its sign: modulo the partitions it names the partition.';
COMMENT ON COLUMN outbox.messages.headers IS 'The record''s headers as a JSON object of texts, in the order they are sent.';

-- migrate: rollback
DROP SCHEMA outbox CASCADE;
