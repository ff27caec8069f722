"""The escalation service: audit escalations by Appendix E, against the clock."""
