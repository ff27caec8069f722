"""The audit service: tools, audits, their moderation and recommendations, each audit a stream of events."""
