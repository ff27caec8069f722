"""How people are reached: by mail, by webhook, in a file for local use; and where the notices are kept."""
