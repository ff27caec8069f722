-- Audit escalations considered in the window, by category, and those found not required.
SELECT e.category, count(*) AS considered, count(*) FILTER (WHERE e.state = 'not-required') AS not_required
FROM escalations AS e
WHERE KNOWN(e) AND e.authority = $1 AND e.considered_at >= $2 AND e.considered_at < $3
GROUP BY e.category
ORDER BY e.category
