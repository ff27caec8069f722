-- How the questions of each tool were answered that are answered with a grade, or with yes or no: one row an answer.
-- What was not applicable, not seen or left open is no answer.
, asked AS (
    SELECT tool.tool, tool.tool_version AS tool_number, question.question, question.scale
    FROM tools AS tool
    JOIN tool_questions AS question ON question.tool_id = tool.tool_id AND question.sequence = tool.sequence
    WHERE KNOWN(tool) AND tool.authority = $1 AND question.scale IN ('yes-no', 'grade')
)
SELECT tool, asked.question, given.value #>> '{}' AS answer, count(*) AS audits
FROM completed
JOIN answers AS one USING (audit_id, outcome_sequence)
CROSS JOIN LATERAL jsonb_each(one.coded) AS given (question, value)
JOIN asked USING (tool, tool_number, question)
WHERE given.value #>> '{}' = ANY (
    CASE asked.scale
        WHEN 'yes-no' THEN ARRAY['true', 'false']
        ELSE ARRAY['inadequate', 'requires-improvement', 'good', 'outstanding']
    END
)
GROUP BY tool, asked.question, answer
ORDER BY tool, asked.question, answer
