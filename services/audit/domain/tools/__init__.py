"""Audit tools as documents: their parts, their faults, their versions, and what a new version changes."""
