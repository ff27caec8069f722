"""The moderation queue at work, and what the QA unit sees of it."""
