-- Audit escalations raised in the window by category, district and month, and how their clock went: the newest one of
-- each, where it was reopened. Those withdrawn as raised in error are left out.
-- $1 authority, $2 first moment, $3 first moment after, $4 the moment up to which the log is read.
SELECT
    category, area, district, month,
    count(*) AS raised,
    count(*) FILTER (WHERE within_clock) AS within_clock,
    count(*) FILTER (WHERE NOT within_clock) AS signed_off_late,
    count(*) FILTER (WHERE within_clock IS NULL AND (overdue OR due_at < $4)) AS overdue,
    count(*) FILTER (WHERE within_clock IS NULL AND NOT (overdue OR due_at < $4)) AS running
FROM (
    SELECT
        e.category, e.area, e.district, e.within_clock, e.overdue, coalesce(e.due_at, 'infinity') AS due_at,
        date_trunc('month', e.raised_at AT TIME ZONE 'Europe/London')::date AS month
    FROM escalations AS e
    WHERE KNOWN(e) AND e.authority = $1 AND e.raised_at >= $2 AND e.raised_at < $3 AND e.state <> 'withdrawn'
) AS raised_in_window
GROUP BY category, area, district, month
ORDER BY category, area, district, month
