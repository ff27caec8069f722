-- Completed audits a team.
SELECT area, district, team, count(*) AS completed
FROM completed
GROUP BY area, district, team
ORDER BY area, district, team
