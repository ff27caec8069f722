"""The audit escalation of Appendix E as pure decisions: nothing here reads a clock, a database or the network."""
