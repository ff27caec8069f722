"""What happens, in order: policies, clocks, publishing, summaries and the use cases of the escalation service."""
