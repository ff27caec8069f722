-- Completed audits by month and tool version: where the tool changed.
SELECT date_trunc('month', completed_on)::date AS month, tool_version, count(*) AS audits
FROM completed
WHERE tool_version IS NOT NULL
GROUP BY month, tool_version
ORDER BY month, tool_version
