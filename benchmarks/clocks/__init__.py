"""Clocks: the escalation service's timer and its reckoning anew, with ten thousand audit escalations open."""
