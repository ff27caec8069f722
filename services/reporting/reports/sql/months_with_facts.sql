-- The months in which an authority completed an audit or raised an audit escalation, of the years an address can name
-- (reports/windows.py). Each month is looked up in the indexes, so that ten years' rows are not read for their months.
WITH span AS (
    SELECT min(earliest) AS earliest, max(latest) AS latest
    FROM (
        SELECT min(a.completed_on) AS earliest, max(a.completed_on) AS latest
        FROM audits AS a
        WHERE a.authority = $1 AND a.state = 'completed'
        UNION ALL
        SELECT min(e.raised_at)::date - 1, max(e.raised_at)::date + 1
        FROM escalations AS e
        WHERE e.authority = $1 AND e.raised_at IS NOT NULL
    ) AS either
)
SELECT month::date AS month
FROM span
CROSS JOIN LATERAL generate_series(
    date_trunc('month', greatest(earliest, date '2000-01-01')::timestamp),
    least(latest, date '2200-12-31')::timestamp,
    interval '1 month'
) AS month
WHERE span.latest IS NOT NULL AND (
    EXISTS (
        SELECT 1 FROM audits AS a
        WHERE KNOWN(a) AND a.authority = $1 AND a.state = 'completed' AND a.in_practice_figures
            AND a.completed_on >= month::date AND a.completed_on < (month + interval '1 month')::date
    )
    OR EXISTS (
        SELECT 1 FROM escalations AS e
        WHERE KNOWN(e) AND e.authority = $1 AND e.raised_at IS NOT NULL
            AND e.raised_at >= month::date::timestamp AT TIME ZONE 'Europe/London'
            AND e.raised_at < (month + interval '1 month')::date::timestamp AT TIME ZONE 'Europe/London'
    )
)
ORDER BY month
