"""The edges of the escalation service: HTTP and the consumer of `audit.events`."""
