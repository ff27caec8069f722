-- Every question of every published version of an authority's tools, in the order of the form.
SELECT
    tool.tool, tool.tool_version, tool.title AS tool_title, tool.known_from AS published_at, question.section,
    question.question, question.title, question.scale, question.compliance
FROM tools AS tool
JOIN tool_questions AS question ON question.tool_id = tool.tool_id AND question.sequence = tool.sequence
WHERE KNOWN(tool) AND tool.authority = $1
ORDER BY tool.tool, tool.tool_version, question.place
