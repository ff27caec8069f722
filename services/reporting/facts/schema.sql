-- The fact tables of reporting, shape 1. Applied with search_path set to a schema of its own (facts_1, facts_2, ...),
-- so that a rebuild fills a new one beside the live one; reporting.live names the live one.
--
-- How to read them
--   * Every row is one version of a fact, with the recorded time from and until which it was known:
--     now:               WHERE known_until = 'infinity'
--     as known at $1:    WHERE known_from <= $1 AND $1 < known_until
--   * (stream, sequence) is the event that made the row: the stream is audit_id, escalation_id, tool_id or child_id.
--   * section_results, theme_mentions and answers belong to an outcome (a completion or an amendment) and never change:
--     JOIN audits USING (audit_id, outcome_sequence). The version of the audit says whether that outcome counts
--     (audits.state = 'completed') and when it was known.
--   * moderations, their requests and disputes, recommendations and concern_flags stay when their audit is withdrawn:
--     join audits and ask for its state where a withdrawn audit must not count.
--   * The two topics arrive in either order: an escalation may be here before its audit.
--   * Times named *_at are business or recorded moments (UTC), *_on are business dates (Europe/London).
--   * Codes are those of shared/contracts; grades are inadequate, requires-improvement, good, outstanding.

-- One row a version of an audit.
CREATE TABLE audits (
    audit_id uuid NOT NULL,                    -- the stream
    sequence bigint NOT NULL,                  -- of the event that made this version
    known_from timestamptz NOT NULL,           -- recorded time of that event
    known_until timestamptz NOT NULL,          -- recorded time of the version after it, else infinity
    authority text NOT NULL,
    area text NOT NULL,                        -- organisation path: area, district, team
    district text NOT NULL,
    team text NOT NULL,
    service text NOT NULL,
    kind text NOT NULL,                        -- standard, thematic, ...
    cycle text NOT NULL,
    child_status text NOT NULL,                -- early-help, in-need, protection, in-care, care-leaver, disabled
    case_reference uuid NOT NULL,              -- random; see erased_children
    auditor_reference uuid,                    -- random; null only where a concern or withdrawal is all we know
    tool text,
    tool_version bigint,
    selected_because text,                     -- why the case was picked; null where nothing was allocated
    state text NOT NULL,                       -- allocated, completed, withdrawn
    due_on date,
    allocated_at timestamptz,                  -- business moment of the allocation
    completed_on date,                         -- business date; amendments do not move it
    completed_at timestamptz,                  -- business moment of the completion event
    late boolean,                              -- completed after due_on; null until completed; stays as first found
    took_part text,                            -- worker, manager, both, neither
    reflective_discussion boolean,
    grade text,                                -- the auditor's, as last amended; null where the kind is not graded
    inadequate_likely boolean,
    concern text,                              -- none, practice, safeguarding
    child_feedback_obtained boolean,
    child_feedback_why_not text,
    child_feedback_score bigint,
    parent_feedback_obtained boolean,
    parent_feedback_why_not text,
    parent_feedback_score bigint,
    practitioner_feedback_obtained boolean,
    practitioner_feedback_why_not text,
    practitioner_feedback_score bigint,
    recommendations integer NOT NULL,          -- how many its outcome lists
    amendments integer NOT NULL,               -- how often it was amended up to this version
    withdrawn_at timestamptz,                  -- business moment
    withdrawn_because text,
    outcome_sequence bigint,                   -- of the completion or last amendment; null until completed
    in_practice_figures boolean NOT NULL,      -- false: a calibration, an inspection, ...: no figure of practice has it
    re_audit_of uuid                           -- the earlier audit that this one looks at again
);

-- One row a section of an outcome.
CREATE TABLE section_results (
    audit_id uuid NOT NULL,
    outcome_sequence bigint NOT NULL,
    section text NOT NULL,                     -- id of the section in the tool
    grade text,
    score double precision
);

-- One row a theme named in an outcome.
CREATE TABLE theme_mentions (
    audit_id uuid NOT NULL,
    outcome_sequence bigint NOT NULL,
    theme text NOT NULL,
    polarity text NOT NULL,                    -- strength, development
    section text,                              -- id of the section it was found in, where it is known
    component text                             -- participation, healing-centred, family-solutions, systemic, ...
);

-- One row an outcome: every coded answer by question id.
CREATE TABLE answers (
    audit_id uuid NOT NULL,
    outcome_sequence bigint NOT NULL,
    coded jsonb NOT NULL                       -- {"question": true | 3 | "good" | "not-seen" | ["a", "b"]}
);

-- One row a concern flagged before completion or beside the grade.
CREATE TABLE concern_flags (
    audit_id uuid NOT NULL,
    sequence bigint NOT NULL,
    known_from timestamptz NOT NULL,
    known_until timestamptz NOT NULL,          -- always infinity: a flag is not taken back
    authority text NOT NULL,
    area text NOT NULL,
    district text NOT NULL,
    team text NOT NULL,
    service text NOT NULL,
    kind text NOT NULL,
    concern text NOT NULL,                     -- none, practice, safeguarding
    inadequate_likely boolean NOT NULL,
    flagged_at timestamptz NOT NULL            -- business moment
);

-- One row a version of a request to moderate (asked again for the same moderation: the earlier version ends).
CREATE TABLE moderation_requests (
    audit_id uuid NOT NULL,
    moderation_id uuid NOT NULL,
    sequence bigint NOT NULL,
    known_from timestamptz NOT NULL,
    known_until timestamptz NOT NULL,
    authority text NOT NULL,
    area text NOT NULL,
    district text NOT NULL,
    team text NOT NULL,
    service text NOT NULL,
    kind text NOT NULL,
    moderator_reference uuid,
    selected_because text NOT NULL,            -- all, sample, inadequate, concern, ...
    policy_version text NOT NULL,
    due_on date NOT NULL,
    requested_at timestamptz NOT NULL,         -- business moment
    number integer NOT NULL,                   -- first, second, ... of the audit
    final boolean NOT NULL                     -- its grade settles a dispute
);

-- One row a version of a moderation done. A settled dispute makes a new version of the moderation it was about: the
-- grade that stands, and whose it is; both graders' own grades stay as they were.
CREATE TABLE moderations (
    audit_id uuid NOT NULL,
    moderation_id uuid NOT NULL,
    sequence bigint NOT NULL,
    known_from timestamptz NOT NULL,
    known_until timestamptz NOT NULL,
    authority text NOT NULL,
    area text NOT NULL,
    district text NOT NULL,
    team text NOT NULL,
    service text NOT NULL,
    kind text NOT NULL,
    cycle text NOT NULL,
    child_status text NOT NULL,
    moderator_reference uuid NOT NULL,
    moderator_type text NOT NULL,              -- internal, external, panel
    auditor_reference uuid NOT NULL,
    auditor_grade text,                        -- as it stood when moderated
    moderator_grade text,
    distance integer NOT NULL,                 -- moderator's less auditor's, in steps: -3 to 3
    direction text NOT NULL,                   -- same, raised, lowered
    standing_grade text,                       -- the grade that stands after moderation, and after its dispute
    decided_by text,                           -- whose it is: moderator, second-moderator, panel; null: not said
    missed_inadequate boolean NOT NULL,        -- the auditor above inadequate, the moderator inadequate
    sections_different integer NOT NULL,       -- how many rows moderation_section_differences has for it
    concern text NOT NULL,
    inadequate_likely boolean NOT NULL,
    blind boolean NOT NULL,
    selected_because text NOT NULL,
    audit_quality text,
    met_team_manager boolean NOT NULL,
    met_practitioner boolean NOT NULL,
    moderated_on date NOT NULL,
    number integer NOT NULL,                   -- first, second, ... of the audit
    final boolean NOT NULL,                    -- it settled a dispute
    thorough text,                             -- of the audit itself: yes, partly, no; null: not judged
    evidenced text,
    actions_right text,
    done_sequence bigint NOT NULL              -- of the event that it was done with
);

-- One row a version of a dispute about a moderated grade: opened, then settled, for good.
CREATE TABLE disputes (
    audit_id uuid NOT NULL,
    dispute_id uuid NOT NULL,
    sequence bigint NOT NULL,
    known_from timestamptz NOT NULL,
    known_until timestamptz NOT NULL,
    authority text NOT NULL,
    area text NOT NULL,
    district text NOT NULL,
    team text NOT NULL,
    service text NOT NULL,
    kind text NOT NULL,
    moderation_id uuid NOT NULL,               -- whose grade is disputed
    disputed_by text,                          -- a role; null where only the settlement is known
    reason text,                               -- two-grades-apart, evidence, ...
    disputed_on date,
    outcome text,                              -- upheld, changed, noted; null: open
    decided_by text,                           -- whose grade stands
    grade_before text,
    standing_grade text,
    settled_on date
);

-- One row a section whose grade the moderator saw otherwise; joins moderations by (audit_id, done_sequence = sequence).
CREATE TABLE moderation_section_differences (
    audit_id uuid NOT NULL,
    sequence bigint NOT NULL,
    section text NOT NULL,
    auditor_grade text,
    moderator_grade text
);

-- One row a version of a recommendation.
CREATE TABLE recommendations (
    audit_id uuid NOT NULL,
    recommendation_id uuid NOT NULL,
    sequence bigint NOT NULL,
    known_from timestamptz NOT NULL,
    known_until timestamptz NOT NULL,
    authority text NOT NULL,
    area text NOT NULL,
    district text NOT NULL,
    team text NOT NULL,
    service text NOT NULL,
    kind text NOT NULL,
    category text,                             -- null where only a follow-up is known
    owner_role text,
    due_on date,
    made_at timestamptz,                       -- business moment
    discussed_on date,                         -- discussed in supervision on; null: not (yet)
    done boolean NOT NULL,
    difference text NOT NULL,                  -- made a difference: yes, no, not-yet-known
    followed_up_on date,                       -- date of the last follow-up; null: never
    follow_ups integer NOT NULL
);

-- One row a version of an audit escalation.
CREATE TABLE escalations (
    escalation_id uuid NOT NULL,               -- the stream
    sequence bigint NOT NULL,
    known_from timestamptz NOT NULL,
    known_until timestamptz NOT NULL,
    authority text NOT NULL,
    area text NOT NULL,
    district text NOT NULL,
    team text NOT NULL,
    service text NOT NULL,
    audit_id uuid,                             -- null: raised without an audit
    case_reference uuid,
    category text NOT NULL,                    -- practice, safeguarding: as it now stands
    first_category text NOT NULL,              -- as first considered or raised
    state text NOT NULL,                       -- considered, not-required, raised, signed-off, closed, withdrawn
    origins text[] NOT NULL,                   -- one a cause, in order: audit, moderation, person
    causes text[] NOT NULL,                    -- one a cause, in order: its code
    considered_at timestamptz,                 -- business moment; null where it was raised without consideration
    not_required_because text,
    raised_at timestamptz,                     -- business moment
    clock_started_at timestamptz,
    due_at timestamptz,
    working_days integer,
    reclassified_at timestamptz,
    oversight_at timestamptz,                  -- management oversight recorded: first business moment
    actions_added integer NOT NULL,
    actions_completed integer NOT NULL,
    signed_off_at timestamptz,
    within_clock boolean,                      -- null until signed off
    overdue boolean NOT NULL,                  -- the due moment passed without sign-off (stays, also once signed off)
    director_told_at timestamptz,              -- the District Assistant Director was told
    closed_at timestamptz,
    discussed_at timestamptz,                  -- step 1 of Appendix E; business moments, as the others
    consider_by timestamptz,                   -- when the decision whether to raise was due
    copy_sent_at timestamptz,                  -- step 3
    actions_discussed_at timestamptz,          -- step 4
    actions_withdrawn integer NOT NULL,
    recorded_late integer NOT NULL,            -- steps recorded later after they happened than the settings allow
    sign_off_recorded_late boolean,            -- the same of the sign-off; null until signed off
    reopened integer NOT NULL,                 -- how often a person reopened it; the row has the newest clock
    breached_before boolean NOT NULL,          -- a clock before that one was signed off late
    withdrawn_at timestamptz,                  -- as raised in error
    withdrawn_because text,
    re_audit_asked_at timestamptz,             -- the newest request; what answers it is an audit with re_audit_of
    re_audit_due_on date,
    second_line_told integer NOT NULL          -- how often, of whichever of its clocks that was over
);

-- One row a version of a published tool.
CREATE TABLE tools (
    tool_id uuid NOT NULL,                     -- the stream
    sequence bigint NOT NULL,
    known_from timestamptz NOT NULL,
    known_until timestamptz NOT NULL,          -- always infinity: a published version stays readable
    authority text NOT NULL,
    tool text NOT NULL,
    tool_version bigint NOT NULL,
    title text NOT NULL,
    kinds text[] NOT NULL,
    graded boolean NOT NULL
);

-- One row a section of a published tool; joins tools by (tool_id, sequence).
CREATE TABLE tool_sections (
    tool_id uuid NOT NULL,
    sequence bigint NOT NULL,
    tool text NOT NULL,
    tool_version bigint NOT NULL,
    place integer NOT NULL,                    -- order in the tool, from 1
    section text NOT NULL,
    title text NOT NULL,
    graded boolean NOT NULL
);

-- One row a theme of a published tool, in words; joins tools by (tool_id, sequence).
CREATE TABLE tool_themes (
    tool_id uuid NOT NULL,
    sequence bigint NOT NULL,
    tool text NOT NULL,
    tool_version bigint NOT NULL,
    place integer NOT NULL,                    -- order in the tool, from 1
    theme text NOT NULL,                       -- as in theme_mentions.theme
    label text NOT NULL,
    component text
);

-- One row a question of a published tool; joins tools by (tool_id, sequence).
CREATE TABLE tool_questions (
    tool_id uuid NOT NULL,
    sequence bigint NOT NULL,
    tool text NOT NULL,
    tool_version bigint NOT NULL,
    place integer NOT NULL,                    -- order in the tool, from 1
    section text NOT NULL,
    question text NOT NULL,
    title text NOT NULL,
    scale text NOT NULL,
    compliance boolean NOT NULL
);

-- One row an erasure. Facts of the child stay and count; its reference leads nowhere any more.
CREATE TABLE erased_children (
    child_id uuid NOT NULL,                    -- the stream
    sequence bigint NOT NULL,
    known_from timestamptz NOT NULL,
    known_until timestamptz NOT NULL,          -- always infinity
    authority text NOT NULL,
    case_reference uuid NOT NULL,              -- as in audits.case_reference
    reason text NOT NULL,
    erased_at timestamptz NOT NULL             -- business moment
);

-- How far into the log these facts reach: one row a partition read from.
CREATE TABLE log_positions (
    topic text NOT NULL,
    partition integer NOT NULL,
    next_offset bigint NOT NULL,               -- every message before it is in these facts, parked, or discarded
    recorded_at timestamptz,                   -- newest recorded time among the messages in these facts
    PRIMARY KEY (topic, partition)
);
