-- Allocated, due and withdrawn in the window, without what is no practice figure, by kind, service, area, district and
-- in all. $4: the day up to which the log is read; what is due later is not yet due.
-- Each of the three has its index by time, so that only rows of the window are read.
SELECT
    grouping(kind, service, area, district) AS level, kind, service, area, district,
    count(*) FILTER (
        WHERE a.state <> 'withdrawn' AND (a.allocated_at AT TIME ZONE 'Europe/London')::date >= $2
        AND (a.allocated_at AT TIME ZONE 'Europe/London')::date < $3
    ) AS allocated,
    count(*) FILTER (
        WHERE a.state <> 'withdrawn' AND a.due_on >= $2 AND a.due_on < $3 AND a.due_on <= $4
    ) AS due,
    count(*) FILTER (
        WHERE a.state <> 'withdrawn' AND a.due_on >= $2 AND a.due_on < $3 AND a.due_on <= $4
        AND a.completed_on < $3
    ) AS due_done,
    count(*) FILTER (
        WHERE a.state = 'withdrawn' AND (a.withdrawn_at AT TIME ZONE 'Europe/London')::date >= $2
        AND (a.withdrawn_at AT TIME ZONE 'Europe/London')::date < $3
    ) AS withdrawn
FROM audits AS a
WHERE KNOWN(a) AND a.in_practice_figures AND (
    (
        a.authority = $1 AND a.allocated_at >= $2::date::timestamp AT TIME ZONE 'Europe/London'
        AND a.allocated_at < $3::date::timestamp AT TIME ZONE 'Europe/London'
    )
    OR (a.authority = $1 AND a.due_on >= $2 AND a.due_on < $3)
    OR (
        a.authority = $1 AND a.state = 'withdrawn'
        AND a.withdrawn_at >= $2::date::timestamp AT TIME ZONE 'Europe/London'
        AND a.withdrawn_at < $3::date::timestamp AT TIME ZONE 'Europe/London'
    )
)
GROUP BY GROUPING SETS ((), (kind), (service), (area), (area, district))
ORDER BY level, kind, service, area, district
