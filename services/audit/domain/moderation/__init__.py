"""Moderation: the second look at an audit, its disputes, and whose grade stands (domain.md section 3)."""
