-- How many completed audits have each grade before and after moderation.
SELECT before, after, count(*) AS audits
FROM completed
WHERE before IS NOT NULL AND after IS NOT NULL
GROUP BY before, after
ORDER BY before, after
