-- Recommendations made in the window, by category, and what became of them so far. $4: the day the log is read to.
SELECT
    coalesce(r.category, 'not-said') AS category,
    count(*) AS made,
    count(*) FILTER (WHERE r.discussed_on IS NOT NULL) AS discussed,
    count(*) FILTER (WHERE r.done) AS done,
    count(*) FILTER (WHERE r.difference = 'yes') AS difference,
    count(*) FILTER (WHERE NOT r.done AND r.due_on < $4) AS overdue,
    count(*) FILTER (WHERE a.child_status IN ('in-care', 'care-leaver')) AS cared_for_made,
    count(*) FILTER (WHERE a.child_status IN ('in-care', 'care-leaver') AND r.discussed_on IS NOT NULL)
        AS cared_for_discussed,
    count(*) FILTER (WHERE a.child_status IN ('in-care', 'care-leaver') AND r.done) AS cared_for_done,
    count(*) FILTER (WHERE a.child_status IN ('in-care', 'care-leaver') AND r.difference = 'yes')
        AS cared_for_difference
FROM recommendations AS r
JOIN audits AS a ON a.audit_id = r.audit_id AND KNOWN(a) AND a.state = 'completed'
WHERE KNOWN(r) AND r.authority = $1 AND r.made_at >= $2 AND r.made_at < $3
GROUP BY coalesce(r.category, 'not-said')
ORDER BY category
