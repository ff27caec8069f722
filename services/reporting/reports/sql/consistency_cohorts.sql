-- Auditors' own grades of the cohorts (cycle and service) that were audited both from inside and from outside.
SELECT a.cycle, c.service, c.kind = 'external' AS external, c.before AS grade, count(*) AS audits
FROM completed AS c
JOIN audits AS a ON a.audit_id = c.audit_id AND KNOWN(a)
WHERE c.before IS NOT NULL
GROUP BY a.cycle, c.service, c.kind = 'external', c.before
ORDER BY a.cycle, c.service, external, grade
