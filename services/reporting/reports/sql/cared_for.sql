-- Completed audits of children in care and of care leavers, by that status and by service.
SELECT
    child_status, service,
    count(*) AS completed,
    count(after) AS graded,
    count(*) FILTER (WHERE after IN ('good', 'outstanding')) AS good,
    count(*) FILTER (WHERE after = 'outstanding') AS outstanding,
    count(*) FILTER (WHERE after = 'requires-improvement') AS requires_improvement,
    count(*) FILTER (WHERE after = 'inadequate') AS inadequate,
    count(*) FILTER (WHERE child_feedback_obtained) AS child_feedback,
    count(*) FILTER (WHERE parent_feedback_obtained) AS parent_feedback
FROM completed
WHERE cared_for
GROUP BY child_status, service
ORDER BY child_status, service
