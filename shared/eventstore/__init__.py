"""The event store: what happened, stream by stream, in PostgreSQL or in memory (design.md section 6)."""
