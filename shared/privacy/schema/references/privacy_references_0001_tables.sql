-- Random references for cases and people, found again by keyed hashes; what was erased stays known as erased
-- depends:

-- migrate: apply
CREATE SCHEMA privacy;

CREATE TABLE privacy.case_references (
    reference          uuid PRIMARY KEY,
    authority          text NOT NULL,
    case_hash          bytea NOT NULL,
    sealed_case_number text,
    UNIQUE (authority, case_hash)
);

COMMENT ON TABLE privacy.case_references IS
    'The only link between a case number and its reference; erasing a child removes the row.';

CREATE TABLE privacy.erased_cases (
    authority text NOT NULL,
    case_hash bytea NOT NULL,
    PRIMARY KEY (authority, case_hash)
);

COMMENT ON TABLE privacy.erased_cases IS
    'Case numbers (hashed) that must not come back unnoticed. It holds no reference and no time, since either would '
    'lead from the case number back to the erased child''s events.';

CREATE TABLE privacy.erased_references (
    reference uuid PRIMARY KEY,
    erased_at timestamptz NOT NULL
);

CREATE TABLE privacy.person_references (
    reference   uuid PRIMARY KEY,
    authority   text NOT NULL,
    person_hash bytea NOT NULL,
    UNIQUE (authority, person_hash)
);

COMMENT ON TABLE privacy.person_references IS 'Staff by the keyed hash of their staff number; the number is not kept.';

-- migrate: rollback
DROP SCHEMA privacy CASCADE;
