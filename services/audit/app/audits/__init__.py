"""Audits at work: allocated, completed, shown, followed up, and told to the practitioner."""
