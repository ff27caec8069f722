-- The audits completed in a window, each with the last moderation of it that we know of.
-- $1 authority, $2 first day, $3 first day after. `before` is the auditor's grade, `after` the grade that stands;
-- both are null where the auditor gave none.
-- What auditors and moderators think of a case is told by the last moderation that settles no dispute; the grade that
-- stands is in it too, whoever decided it in the end (facts: a settled dispute makes a new version of it).
-- Audits that are no practice figure (calibrations, inspections) are left out.
-- `cared_for`: the child is in care or a care leaver, as its status was when the audit was completed or last amended.
-- `pool`: in the pool's consistency; cases picked for their grade or a concern are left out of it (design.md section 8).
WITH completed AS (
    SELECT
        a.audit_id, a.outcome_sequence, a.area, a.district, a.team, a.service, a.kind, a.completed_on, a.late,
        a.child_status, a.child_status IN ('in-care', 'care-leaver') AS cared_for,
        a.tool || ' ' || a.tool_version AS tool_version, a.tool, a.tool_version AS tool_number, a.selected_because, a.took_part, a.reflective_discussion,
        a.child_feedback_obtained, a.child_feedback_why_not, a.parent_feedback_obtained, a.parent_feedback_why_not,
        a.practitioner_feedback_obtained, a.amendments, a.case_reference,
        coalesce(m.auditor_grade, a.grade) AS before,
        CASE WHEN m.auditor_grade IS NOT NULL OR a.grade IS NOT NULL
            THEN coalesce(m.standing_grade, a.grade, m.auditor_grade) END AS after,
        m.audit_id IS NOT NULL AS moderated, m.selected_because AS moderated_because,
        m.auditor_grade, m.moderator_grade, m.standing_grade, coalesce(m.missed_inadequate, false) AS missed_inadequate,
        m.auditor_grade IS NOT NULL AND m.moderator_grade IS NOT NULL AS compared,
        array_position(ARRAY['inadequate', 'requires-improvement', 'good', 'outstanding'], m.moderator_grade)
        - array_position(ARRAY['inadequate', 'requires-improvement', 'good', 'outstanding'], m.auditor_grade)
            AS distance,
        m.selected_because IN ('all', 'sample') AS pool, m.blind, m.moderator_type, m.auditor_reference,
        m.moderator_reference,
        m.moderated_on - a.completed_on AS moderation_days
    FROM audits AS a
    LEFT JOIN LATERAL (
        SELECT
            one.audit_id, one.auditor_grade, one.moderator_grade, one.standing_grade, one.selected_because,
            one.moderated_on, one.missed_inadequate, one.blind, one.moderator_type, one.auditor_reference,
            one.moderator_reference
        FROM moderations AS one
        WHERE KNOWN(one) AND one.audit_id = a.audit_id
        ORDER BY one.final, one.moderated_on DESC, one.done_sequence DESC
        LIMIT 1
    ) AS m ON true
    WHERE KNOWN(a) AND a.authority = $1 AND a.state = 'completed' AND a.completed_on >= $2 AND a.completed_on < $3
        AND a.in_practice_figures
)
