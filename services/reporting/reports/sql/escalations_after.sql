-- What became of the audit escalations raised in the window beside their clocks.
-- $1 authority, $2 first moment, $3 first moment after.
-- A re-audit is done by an audit that names the first, completed after it was asked for; of several the first counts.
-- Its grade (the auditor's) is held against the one that stands of the audit it looks at again.
WITH raised AS (
    SELECT e.state, e.reopened, e.sign_off_recorded_late, e.within_clock, e.re_audit_asked_at, e.audit_id
    FROM escalations AS e
    WHERE KNOWN(e) AND e.authority = $1 AND e.raised_at >= $2 AND e.raised_at < $3
), asked AS (
    SELECT
        again.audit_id IS NOT NULL AS done,
        array_position(ARRAY['inadequate', 'requires-improvement', 'good', 'outstanding'], again.grade)
        - array_position(
            ARRAY['inadequate', 'requires-improvement', 'good', 'outstanding'], coalesce(m.standing_grade, first.grade)
        ) AS distance
    FROM raised
    LEFT JOIN LATERAL (
        SELECT a.audit_id, a.grade FROM audits AS a
        WHERE KNOWN(a) AND a.authority = $1 AND a.re_audit_of = raised.audit_id AND a.state = 'completed'
            AND a.completed_at >= raised.re_audit_asked_at
        ORDER BY a.completed_at, a.audit_id
        LIMIT 1
    ) AS again ON true
    LEFT JOIN LATERAL (
        SELECT f.grade FROM audits AS f WHERE KNOWN(f) AND f.audit_id = raised.audit_id
    ) AS first ON true
    LEFT JOIN LATERAL (
        SELECT one.standing_grade FROM moderations AS one
        WHERE KNOWN(one) AND one.audit_id = raised.audit_id
        ORDER BY one.final, one.moderated_on DESC, one.done_sequence DESC
        LIMIT 1
    ) AS m ON true
    WHERE raised.re_audit_asked_at IS NOT NULL AND raised.state <> 'withdrawn'
)
SELECT
    count(*) FILTER (WHERE state = 'withdrawn') AS withdrawn,
    count(*) FILTER (WHERE state <> 'withdrawn' AND reopened > 0) AS reopened,
    count(*) FILTER (WHERE state <> 'withdrawn' AND within_clock IS NOT NULL AND sign_off_recorded_late)
        AS recorded_late,
    (SELECT count(*) FROM asked) AS re_audit_asked,
    (SELECT count(*) FROM asked WHERE done) AS re_audit_done,
    (SELECT count(*) FROM asked WHERE done AND distance > 0) AS re_audit_better,
    (SELECT count(*) FROM asked WHERE done AND distance = 0) AS re_audit_same,
    (SELECT count(*) FROM asked WHERE done AND distance < 0) AS re_audit_worse,
    (SELECT count(*) FROM asked WHERE done AND distance IS NULL) AS re_audit_not_graded
FROM raised
