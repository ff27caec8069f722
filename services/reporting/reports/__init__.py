"""Reports: figures computed once from the facts, with small numbers suppressed, for every format to render."""
