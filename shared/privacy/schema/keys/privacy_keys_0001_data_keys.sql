-- The key store: one data key a child, wrapped; an erased child keeps a row without its key
-- depends:

-- migrate: apply
CREATE SCHEMA keys;

CREATE TABLE keys.data_keys (
    holder    uuid PRIMARY KEY,
    wrapped   bytea,
    master    bytea NOT NULL,
    erased_at timestamptz,
    CHECK ((wrapped IS NULL) = (erased_at IS NOT NULL))
);

CREATE INDEX data_keys_erased ON keys.data_keys (holder) WHERE erased_at IS NOT NULL;

COMMENT ON TABLE keys.data_keys IS
    'A child''s (or an authority''s) data key under the master key. Without wrapped the child is erased, for good.';
COMMENT ON COLUMN keys.data_keys.master IS 'Which master key wraps it: a digest, to notice the wrong one.';

CREATE FUNCTION keys.refuse_revival() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.erased_at IS NOT NULL THEN
        RAISE EXCEPTION 'an erased key is never brought back, and its record never removed';
    END IF;
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a key is destroyed by erasure, which keeps a record, and not by deleting its row';
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER data_keys_stay_erased
    BEFORE UPDATE OR DELETE ON keys.data_keys
    FOR EACH ROW EXECUTE FUNCTION keys.refuse_revival();

-- migrate: rollback
DROP SCHEMA keys CASCADE;
