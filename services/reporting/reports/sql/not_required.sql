-- Why audit escalations considered in the window were found not required.
-- $1 authority, $2 first moment, $3 first moment after.
SELECT coalesce(e.not_required_because, 'not-said') AS reason, count(*) AS audit_escalations
FROM escalations AS e
WHERE KNOWN(e) AND e.authority = $1 AND e.considered_at >= $2 AND e.considered_at < $3 AND e.state = 'not-required'
GROUP BY 1
ORDER BY 2 DESC, 1
