-- Every completed audit with a grade by its auditor and by a moderator: one row an audit, with what it is compared by.
SELECT
    pool, blind, moderator_type, moderated_because, service, kind, auditor_reference, moderator_reference,
    auditor_grade AS first_grade, moderator_grade AS second_grade
FROM completed
WHERE compared
ORDER BY audit_id
