-- Completed audits of the window whose completion was recorded only after the window had ended ($4).
SELECT count(*) AS audits
FROM completed
WHERE NOT EXISTS (
    SELECT 1 FROM audits AS earlier
    WHERE earlier.audit_id = completed.audit_id AND earlier.state = 'completed' AND earlier.known_from < $4
)
