"""Edges of the audit service: HTTP and the database's migrations."""
