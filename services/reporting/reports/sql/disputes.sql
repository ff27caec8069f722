-- Completed audits whose moderated grade was disputed, by how that ended; open where nobody has decided yet.
SELECT outcome, count(*) AS audits
FROM (
    SELECT DISTINCT ON (completed.audit_id) coalesce(d.outcome, 'open') AS outcome
    FROM completed
    JOIN disputes AS d ON d.audit_id = completed.audit_id AND KNOWN(d)
    WHERE completed.moderated
    ORDER BY completed.audit_id, d.sequence DESC
) AS disputed
GROUP BY outcome
ORDER BY outcome
