-- Append: one function, one round trip, one transaction for events, outbox rows, idempotency key and summary
-- depends: eventstore_0001_tables

-- migrate: apply
CREATE FUNCTION eventstore.append(
    p_stream_id                uuid,
    p_expected_version         integer,
    p_expected_public_sequence integer,
    p_category                 text,
    p_authority                text,
    p_actor                    text,
    p_recorded_at              timestamptz,
    p_correlation_id           uuid,
    p_causation_id             uuid,
    p_idempotency_key          text,
    p_fingerprint              bytea,
    p_types                    text[],
    p_data                     text[],
    p_public_sequences         integer[],
    p_topics                   text[],
    p_keys                     bytea[],
    p_key_hashes               integer[],
    p_headers                  text[],
    p_values                   bytea[],
    p_status                   text,
    p_summary                  jsonb,
    p_wake_at                  timestamptz,
    OUT o_stream_id            uuid,
    OUT o_version              integer,
    OUT o_public_sequence      integer,
    OUT o_replayed             boolean
) LANGUAGE plpgsql AS $$
DECLARE
    v_events      integer := cardinality(p_types);
    v_messages    integer := cardinality(p_topics);
    v_version     integer;
    v_sequence    integer;
    v_fingerprint bytea;
BEGIN
    o_stream_id := p_stream_id;
    o_version := p_expected_version + v_events;
    o_public_sequence := p_public_sequences[v_events];
    o_replayed := false;

    -- The key first: a repeat must find its answer also when the stream has moved on since. Whoever comes second
    -- waits here for the first to commit or to fail. After this insert every refusal raises, and takes the key with it.
    IF p_idempotency_key IS NOT NULL THEN
        INSERT INTO eventstore.commands (idempotency_key, fingerprint, stream_id, version, public_sequence, recorded_at)
        VALUES (p_idempotency_key, p_fingerprint, p_stream_id, o_version, o_public_sequence, p_recorded_at)
        ON CONFLICT DO NOTHING;
        IF NOT FOUND THEN
            SELECT c.fingerprint, c.stream_id, c.version, c.public_sequence
            INTO STRICT v_fingerprint, o_stream_id, o_version, o_public_sequence
            FROM eventstore.commands c WHERE c.idempotency_key = p_idempotency_key;
            IF v_fingerprint <> p_fingerprint THEN
                RAISE EXCEPTION 'the idempotency key was used before with another request' USING ERRCODE = 'SL002';
            END IF;
            o_replayed := true;
            RETURN;
        END IF;
    END IF;

    -- The head: the primary key alone would accept a version that leaves a hole.
    SELECT e.version, e.public_sequence INTO v_version, v_sequence
    FROM eventstore.events e WHERE e.stream_id = p_stream_id ORDER BY e.version DESC LIMIT 1;
    IF coalesce(v_version, 0) <> p_expected_version OR coalesce(v_sequence, 0) <> p_expected_public_sequence THEN
        RAISE EXCEPTION 'the stream has moved on'
            USING ERRCODE = 'SL001', DETAIL = coalesce(v_version, 0)::text;
    END IF;

    IF v_events = 1 THEN
        INSERT INTO eventstore.events (stream_id, version, public_sequence, recorded_at, correlation_id, causation_id,
                                       category, authority, actor, type, data)
        VALUES (p_stream_id, o_version, o_public_sequence, p_recorded_at, p_correlation_id, p_causation_id,
                p_category, p_authority, p_actor, p_types[1], p_data[1]);
    ELSE
        INSERT INTO eventstore.events (stream_id, version, public_sequence, recorded_at, correlation_id, causation_id,
                                       category, authority, actor, type, data)
        SELECT p_stream_id, p_expected_version + n, e.public_sequence, p_recorded_at, p_correlation_id, p_causation_id,
               p_category, p_authority, p_actor, e.type, e.data
        FROM unnest(p_types, p_data, p_public_sequences) WITH ORDINALITY AS e (type, data, public_sequence, n)
        ORDER BY n;
    END IF;

    -- The outbox after the events, in the order of the stream: its ids are the order in which the relay sends.
    IF v_messages = 1 THEN
        INSERT INTO outbox.messages (topic, key, key_hash, headers, value)
        VALUES (p_topics[1], p_keys[1], p_key_hashes[1], p_headers[1], p_values[1]);
    ELSIF v_messages > 1 THEN
        INSERT INTO outbox.messages (topic, key, key_hash, headers, value)
        SELECT m.topic, m.key, m.key_hash, m.headers, m.value
        FROM unnest(p_topics, p_keys, p_key_hashes, p_headers, p_values)
             WITH ORDINALITY AS m (topic, key, key_hash, headers, value, n)
        ORDER BY n;
    END IF;

    IF p_status IS NOT NULL THEN
        INSERT INTO eventstore.summaries AS s (stream_id, category, authority, status, version, wake_at, data)
        VALUES (p_stream_id, p_category, p_authority, p_status, o_version, p_wake_at, p_summary)
        ON CONFLICT (stream_id) DO UPDATE
        SET category = excluded.category, authority = excluded.authority, status = excluded.status,
            version = excluded.version, wake_at = excluded.wake_at, data = excluded.data;
    ELSIF p_expected_version > 0 THEN
        DELETE FROM eventstore.summaries s WHERE s.stream_id = p_stream_id;
    END IF;
END
$$;

-- migrate: rollback
DROP FUNCTION eventstore.append;
