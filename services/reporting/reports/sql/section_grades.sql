-- How auditors graded the sections of each tool, over all of its versions: a section's id keeps its meaning.
SELECT tool, section, grade, count(*) AS audits
FROM (
    SELECT DISTINCT ON (audit_id, result.section) tool, result.section, result.grade
    FROM completed
    JOIN section_results AS result USING (audit_id, outcome_sequence)
    WHERE tool IS NOT NULL AND result.grade IS NOT NULL
    ORDER BY audit_id, result.section, result.grade
) AS graded
GROUP BY tool, section, grade
ORDER BY tool, section, grade
