-- Every section of every published version of an authority's tools, in the order of the form.
SELECT tool.tool, tool.tool_version, tool.title AS tool_title, section.section, section.title
FROM tools AS tool
JOIN tool_sections AS section ON section.tool_id = tool.tool_id AND section.sequence = tool.sequence
WHERE KNOWN(tool) AND tool.authority = $1
ORDER BY tool.tool, tool.tool_version, section.place
