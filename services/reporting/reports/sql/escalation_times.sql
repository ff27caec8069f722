-- The moments of each audit escalation raised in the window, for how long its steps took; never printed one by one.
-- $1 authority, $2 first moment, $3 first moment after. `clock_started_at` is the raise, or the reopening.
SELECT
    e.considered_at, e.raised_at, coalesce(e.clock_started_at, e.raised_at) AS clock_started_at,
    e.oversight_at, e.signed_off_at
FROM escalations AS e
WHERE KNOWN(e) AND e.authority = $1 AND e.raised_at >= $2 AND e.raised_at < $3 AND e.state <> 'withdrawn'
ORDER BY e.escalation_id
