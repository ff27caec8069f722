"""The escalation service's pages: what is mine to do now, a district's board, one audit escalation, lists and CSV."""
