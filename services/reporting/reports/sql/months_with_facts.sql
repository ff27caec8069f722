-- The months in which an authority completed an audit or raised an audit escalation.
SELECT date_trunc('month', a.completed_on)::date AS month
FROM audits AS a
WHERE KNOWN(a) AND a.authority = $1 AND a.state = 'completed' AND a.in_practice_figures
UNION
SELECT date_trunc('month', e.raised_at AT TIME ZONE 'Europe/London')::date
FROM escalations AS e
WHERE KNOWN(e) AND e.authority = $1 AND e.raised_at IS NOT NULL
ORDER BY month
