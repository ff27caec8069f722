-- What tools call their themes, by code: as the tool says that was published last.
SELECT DISTINCT ON (theme.theme) theme.theme, theme.label
FROM tool_themes AS theme
JOIN tools AS tool ON tool.tool_id = theme.tool_id AND tool.sequence = theme.sequence
WHERE KNOWN(tool) AND tool.authority = $1
ORDER BY theme.theme, tool.known_from DESC, tool.tool, tool.tool_version DESC
