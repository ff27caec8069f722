-- Streams of events, the commands that made them, and one searchable row a stream
-- depends:

-- migrate: apply
CREATE SCHEMA eventstore;

CREATE TABLE eventstore.events (
    stream_id       uuid NOT NULL,
    version         integer NOT NULL CHECK (version > 0),
    public_sequence integer NOT NULL,
    position        bigint GENERATED ALWAYS AS IDENTITY,
    recorded_at     timestamptz NOT NULL,
    correlation_id  uuid NOT NULL,
    causation_id    uuid,
    category        text NOT NULL,
    authority       text NOT NULL,
    actor           text NOT NULL,
    type            text NOT NULL,
    data            text NOT NULL,
    PRIMARY KEY (stream_id, version)
);

COMMENT ON TABLE eventstore.events IS 'What happened; only ever added to.';
COMMENT ON COLUMN eventstore.events.public_sequence IS
    'How many public events the stream has published up to and including this event.';
COMMENT ON COLUMN eventstore.events.position IS
    'The order of insertion, for people; no reader may use it as a cursor, since a slow writer commits late.';
COMMENT ON COLUMN eventstore.events.data IS 'The private event as JSON text: appends and reads faster than jsonb.';

CREATE FUNCTION eventstore.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'events are only ever added: append an event that corrects the earlier one';
END
$$;

CREATE TRIGGER events_are_only_added
    BEFORE UPDATE OR DELETE OR TRUNCATE ON eventstore.events
    FOR EACH STATEMENT EXECUTE FUNCTION eventstore.refuse_change();

CREATE TABLE eventstore.commands (
    idempotency_key text PRIMARY KEY,
    fingerprint     bytea NOT NULL,
    stream_id       uuid NOT NULL,
    version         integer NOT NULL,
    public_sequence integer NOT NULL,
    recorded_at     timestamptz NOT NULL
);

COMMENT ON TABLE eventstore.commands IS 'The result of each command that carried an idempotency key, so that a repeat changes nothing.';

CREATE TABLE eventstore.summaries (
    stream_id uuid PRIMARY KEY,
    category  text NOT NULL,
    authority text NOT NULL,
    status    text NOT NULL,
    version   integer NOT NULL,
    wake_at   timestamptz,
    data      jsonb NOT NULL
);

COMMENT ON TABLE eventstore.summaries IS 'The newest state of a stream in a row that can be searched; always as old as its events.';

CREATE INDEX summaries_by_status ON eventstore.summaries (category, authority, status, stream_id);

CREATE INDEX summaries_by_data ON eventstore.summaries USING gin (data jsonb_path_ops);

CREATE INDEX summaries_due ON eventstore.summaries (wake_at) WHERE wake_at IS NOT NULL;

-- migrate: rollback
DROP SCHEMA eventstore CASCADE;
