-- Completed audits that a moderator of the authority and one from outside both graded: the last moderation of each that
-- settles no dispute. `blind` is whether both did not know the other grades.
SELECT
    inside.selected_because IN ('all', 'sample') AS pool, inside.blind AND outside.blind AS blind, c.service, c.kind,
    inside.moderator_grade AS first_grade, outside.moderator_grade AS second_grade
FROM completed AS c
JOIN LATERAL (
    SELECT one.moderator_grade, one.selected_because, one.blind
    FROM moderations AS one
    WHERE KNOWN(one) AND one.audit_id = c.audit_id AND NOT one.final AND one.moderator_type <> 'external'
        AND one.moderator_grade IS NOT NULL
    ORDER BY one.moderated_on DESC, one.done_sequence DESC
    LIMIT 1
) AS inside ON true
JOIN LATERAL (
    SELECT one.moderator_grade, one.blind
    FROM moderations AS one
    WHERE KNOWN(one) AND one.audit_id = c.audit_id AND NOT one.final AND one.moderator_type = 'external'
        AND one.moderator_grade IS NOT NULL
    ORDER BY one.moderated_on DESC, one.done_sequence DESC
    LIMIT 1
) AS outside ON true
ORDER BY c.audit_id
