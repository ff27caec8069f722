-- Mentions of themes in the outcomes of completed audits.
SELECT theme, coalesce(component, 'none') AS component, polarity, count(*) AS mentions
FROM completed
JOIN theme_mentions AS mention USING (audit_id, outcome_sequence)
GROUP BY theme, coalesce(component, 'none'), polarity
ORDER BY theme, component, polarity
