-- The auditor's grade against the moderator's, in the pool and outside it.
SELECT pool, auditor_grade, moderator_grade, count(*) AS audits
FROM completed
WHERE compared
GROUP BY pool, auditor_grade, moderator_grade
ORDER BY pool, auditor_grade, moderator_grade
