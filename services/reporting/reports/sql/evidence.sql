-- The completed audits of a window that a count counts (CONDITION), of one unit or of all ($4 dimension, $5 its key),
-- each with the event that made it what it is.
SELECT c.audit_id, a.sequence, a.known_from
FROM completed AS c
JOIN audits AS a ON a.audit_id = c.audit_id AND KNOWN(a)
WHERE (CONDITION) AND CASE $4
    WHEN '' THEN true
    WHEN 'kind' THEN c.kind = $5
    WHEN 'service' THEN c.service = $5
    WHEN 'area' THEN c.area = $5
    WHEN 'district' THEN c.area || '/' || c.district = $5
END
ORDER BY c.audit_id
