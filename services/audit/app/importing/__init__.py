"""Completed audits from a file: read, checked row by row, taken in once (docs/importing.md describes the file)."""
