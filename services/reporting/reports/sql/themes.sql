-- Mentions of themes in the outcomes of completed audits, and those of children in care and care leavers among them.
SELECT
    theme, coalesce(component, 'none') AS component, polarity, count(*) AS mentions,
    count(*) FILTER (WHERE cared_for) AS cared_for
FROM completed
JOIN theme_mentions AS mention USING (audit_id, outcome_sequence)
GROUP BY theme, coalesce(component, 'none'), polarity
ORDER BY theme, component, polarity
