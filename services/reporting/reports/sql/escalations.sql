-- Audit escalations raised in the window by category, district and month, and how their clock went: the newest one of
-- each, where it was reopened. Those withdrawn as raised in error are left out.
-- `cared_for_...`: those of an audit of a child in care or a care leaver; one without an audit we know is not among them.
-- $1 authority, $2 first moment, $3 first moment after, $4 the moment up to which the log is read.
SELECT
    category, area, district, month,
    count(*) AS raised,
    count(*) FILTER (WHERE within_clock) AS within_clock,
    count(*) FILTER (WHERE NOT within_clock) AS signed_off_late,
    count(*) FILTER (WHERE within_clock IS NULL AND (overdue OR due_at < $4)) AS overdue,
    count(*) FILTER (WHERE within_clock IS NULL AND NOT (overdue OR due_at < $4)) AS running,
    count(*) FILTER (WHERE second_line_told > 0) AS second_line,
    count(*) FILTER (WHERE cared_for) AS cared_for_raised,
    count(*) FILTER (WHERE cared_for AND within_clock) AS cared_for_within_clock,
    count(*) FILTER (WHERE cared_for AND NOT within_clock) AS cared_for_signed_off_late,
    count(*) FILTER (WHERE cared_for AND within_clock IS NULL AND (overdue OR due_at < $4)) AS cared_for_overdue,
    count(*) FILTER (WHERE cared_for AND within_clock IS NULL AND NOT (overdue OR due_at < $4)) AS cared_for_running
FROM (
    SELECT
        e.category, e.area, e.district, e.within_clock, e.overdue, e.second_line_told,
        coalesce(e.due_at, 'infinity') AS due_at,
        date_trunc('month', e.raised_at AT TIME ZONE 'Europe/London')::date AS month,
        coalesce(a.child_status IN ('in-care', 'care-leaver'), false) AS cared_for
    FROM escalations AS e
    LEFT JOIN audits AS a ON a.audit_id = e.audit_id AND KNOWN(a)
    WHERE KNOWN(e) AND e.authority = $1 AND e.raised_at >= $2 AND e.raised_at < $3 AND e.state <> 'withdrawn'
) AS raised_in_window
GROUP BY category, area, district, month
ORDER BY category, area, district, month
