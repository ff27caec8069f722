-- Completed audits and their grades by kind, service, area, district, and area with service.
SELECT
    grouping(kind, service, area, district) AS level, kind, service, area, district,
    count(*) AS completed,
    count(*) FILTER (WHERE NOT late) AS on_time,
    count(*) FILTER (WHERE late) AS late,
    count(after) AS graded,
    count(*) FILTER (WHERE after IN ('good', 'outstanding')) AS good,
    count(*) FILTER (WHERE after = 'requires-improvement') AS requires_improvement,
    count(*) FILTER (WHERE after = 'inadequate') AS inadequate
FROM completed
GROUP BY GROUPING SETS ((kind), (service), (area), (area, district), (service, area))
ORDER BY level, kind, service, area, district
