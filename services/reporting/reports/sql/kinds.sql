-- Completed audits by coded answers about the audit itself.
SELECT what, code, count(*) AS audits
FROM completed
CROSS JOIN LATERAL (
    VALUES
    ('took_part', took_part),
    ('moderated_because', CASE WHEN moderated THEN moderated_because END),
    ('child_why_not', CASE WHEN NOT child_feedback_obtained THEN coalesce(child_feedback_why_not, 'not-said') END),
    ('parent_why_not', CASE WHEN NOT parent_feedback_obtained THEN coalesce(parent_feedback_why_not, 'not-said') END),
    ('tool_version', tool_version),
    ('amended', CASE WHEN amendments > 0 THEN 'amended' END)
) AS coded (what, code)
WHERE code IS NOT NULL
GROUP BY what, code
ORDER BY what, code
