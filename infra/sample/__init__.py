"""Two made-up authorities and a believable year of their audits, the same for the same seed."""
